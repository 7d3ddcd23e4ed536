from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.db.models import Q

from core.second_factors import has_second_factor
from core.staff_invitations import LIFETIME, link_for, mail_to


class Command(BaseCommand):
    help = "Prints a link by which somebody of the staff adds the first second factor to their account; it works once."

    def add_arguments(self, parser):
        parser.add_argument("account", help="its user name or e-mail address")
        parser.add_argument("--mail", action="store_true", help="mail the link instead of printing it")

    def handle(self, *, account, mail, **options):
        users = get_user_model().objects.filter(Q(username=account) | Q(email__iexact=account))
        found = list(users.filter(is_staff=True, is_active=True)[:2])
        if len(found) != 1:
            raise CommandError(f"{'No' if not found else 'More than one'} active staff account is called {account}.")
        [user] = found
        if has_second_factor(user):
            raise CommandError(f"{account} has a second factor. If it is lost, remove it in the admin first.")
        if not mail:
            self.stdout.write(f"Within {LIFETIME.days} days, once:\n{link_for(user)}")
        elif mail_to(user):
            self.stdout.write(f"A mail to {user.email} is on its way.")
        else:
            raise CommandError(f"{account} has no e-mail address.")
