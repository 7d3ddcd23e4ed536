"""People of the staff for tests, and what they do with an article on its page."""

from django.contrib.auth.models import Group, User
from django.test import Client
from django.utils import timezone


def make_staff(name: str, *groups: str, **columns) -> User:
    user = User.objects.create_user(name, f"{name}@site.example", is_staff=True, **columns)
    user.groups.set(Group.objects.filter(name__in=groups))
    assert user.groups.count() == len(groups)
    return user


def editor(client: Client, django_user_model, group: str) -> User:
    """Somebody of that group, who uses `client` from then on."""
    user = django_user_model.objects.create_user(group, is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    client.force_login(user)
    return user


def as_user(user: User) -> Client:
    client = Client()
    client.force_login(user, "allauth.account.auth_backends.AuthenticationBackend")
    return client


def path_of(article, view="change") -> str:
    return f"/admin/articles/article/{article.pk}/{view}/"


def fields_of(answer) -> dict:
    """What the form of an article would send, as it stands."""
    data = {}
    for bound in answer.context["adminform"].form:
        value = bound.value()
        if bound.name == "publish_on":
            local = value and timezone.localtime(value)
            data |= {"publish_on_0": f"{local:%Y-%m-%d}", "publish_on_1": f"{local:%H:%M:%S}"} if local else {}
        elif value is not None and value is not False:
            data[bound.name] = [getattr(each, "pk", each) for each in value] if isinstance(value, list) else value
    for inline in answer.context["inline_admin_formsets"]:
        formset = inline.formset
        data[f"{formset.prefix}-TOTAL_FORMS"] = len(formset.forms)
        data[f"{formset.prefix}-INITIAL_FORMS"] = formset.initial_form_count()
        for each in formset.forms:
            data |= {bound.html_name: bound.value() for bound in each if bound.value() is not None}
    return data


def take_step(user: User, article, step: str, **changes):
    """Open the page of the article, press the button of the step, and take the article as it is then."""
    client = as_user(user)
    data = fields_of(client.get(path_of(article))) | changes | {f"_step_{step}": "1"}
    answer = client.post(path_of(article), data, follow=True)
    article.refresh_from_db()
    return answer
