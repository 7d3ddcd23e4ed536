"""The jobs that run by themselves: when each ran last, with what result, and when it runs next. Nothing is edited."""

from django.apps import apps
from django.contrib import admin, messages
from django.db.models import OuterRef, Subquery
from django.utils import timezone
from django_q.models import Schedule, Task

from core.admin.base import ReadOnlyAdmin, table
from core.schedules import is_late

SHOWN_RUNS = 20
LONGEST_RESULT = 300
# The screens of django-q2 itself show pickled calls; the result of an import is on the page of its upload.
for model in apps.get_app_config("django_q").get_models():
    if admin.site.is_registered(model):
        admin.site.unregister(model)


@admin.register(Schedule)
class ScheduleAdmin(ReadOnlyAdmin):
    """The rows that core/schedules.py writes; django-q2 queues each when its time comes."""

    list_display = ["name", "how_often", "last_run", "succeeded", "took", "result", "next_run", "on_time"]
    fields = readonly_fields = ("name", "func", "how_often", "next_run", "on_time", "runs")
    list_display_links = ["name"]
    ordering = ["next_run"]
    actions = ["run_now"]

    def get_queryset(self, request):
        last = Task.objects.filter(group=OuterRef("name")).order_by("-started").values("pk")[:1]
        return super().get_queryset(request).annotate(last_id=Subquery(last))

    def get_changelist_instance(self, request):
        changelist = super().get_changelist_instance(request)
        tasks = Task.objects.in_bulk([row.last_id for row in changelist.result_list if row.last_id])
        for row in changelist.result_list:
            row.last = tasks.get(row.last_id)
        return changelist

    @admin.action(description="Run now", permissions=["run"])
    def run_now(self, request, schedules):
        schedules.order_by().update(next_run=timezone.now())
        self.message_user(request, "They are due now; a worker takes them up within a minute.", messages.SUCCESS)

    def has_run_permission(self, request):
        return request.user.has_perm("django_q.change_schedule")

    @admin.display(description="how often")
    def how_often(self, schedule):
        if schedule.schedule_type == Schedule.MINUTES:
            return f"every {schedule.minutes} minutes"
        return schedule.get_schedule_type_display().lower()

    @admin.display(description="last run")
    def last_run(self, schedule):
        return schedule.last and schedule.last.started

    @admin.display(description="succeeded", boolean=True)
    def succeeded(self, schedule):
        return schedule.last and schedule.last.success

    @admin.display(description="took")
    def took(self, schedule):
        return schedule.last and f"{schedule.last.time_taken():.1f} s"

    @admin.display(description="result")
    def result(self, schedule):
        return schedule.last and result_of(schedule.last)

    @admin.display(description="on time", boolean=True)
    def on_time(self, schedule):
        return not is_late(schedule)

    @admin.display(description="last runs")
    def runs(self, schedule):
        tasks = Task.objects.filter(group=schedule.name).order_by("-started")[:SHOWN_RUNS]
        rows = [
            [f"{timezone.localtime(task.started):%Y-%m-%d %H:%M:%S}", "yes" if task.success else "no", result_of(task)]
            for task in tasks
        ]
        return table(["Started", "Succeeded", "Result"], rows) if rows else "It has not run yet."


def result_of(task: Task) -> str:
    """The sentence that a job returned; of one that failed the last line, which names the error."""
    if isinstance(task.result, dict):
        return ", ".join(f"{count} {name}" for name, count in task.result.items())
    text = str(task.result or "")
    return (text if task.success else text.strip().rsplit("\n", 1)[-1])[:LONGEST_RESULT]
