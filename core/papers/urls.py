from django.urls import path

from core.decorators import read_only, shared_page
from core.models import Paper
from core.papers.views import paper

app_name = "papers"
page = read_only(shared_page(paper))
# Each paper at its address (Paper.ADDRESSES), and an older version below it.
urlpatterns = [
    *(path(f"{address}/", page, {"slug": slug}, name=slug) for slug, address in Paper.ADDRESSES.items()),
    *(
        path(f"{address}/<int:version>/", page, {"slug": slug}, name=f"{slug}_version")
        for slug, address in Paper.ADDRESSES.items()
    ),
]
