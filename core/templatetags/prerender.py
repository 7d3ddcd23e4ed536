"""{% prerender %}: a part of a page that is the same for every reader, rendered once a process."""

from django import template
from django.urls import get_script_prefix
from django.utils.translation import get_language

register = template.Library()


class PrerenderNode(template.Node):
    def __init__(self, nodelist, names):
        self.nodelist, self.names, self.rendered = nodelist, names, {}

    def render(self, context):
        key = (get_language(), get_script_prefix(), *(name.resolve(context) for name in self.names))
        if key not in self.rendered:
            self.rendered[key] = self.nodelist.render(context)
        return self.rendered[key]


@register.tag
def prerender(parser, token):
    """{% prerender site_name %}<a>...</a>{% endprerender %}: once for each language and value of what is named.

    Around whole elements or values, and of the frame of a page alone: nothing of a clinic or a search may be in it,
    because the process keeps it. Django's {% cache %} pickles, which costs most of what this saves.
    """
    names = [parser.compile_filter(name) for name in token.split_contents()[1:]]
    nodelist = parser.parse(("endprerender",))
    parser.delete_first_token()
    return PrerenderNode(nodelist, names)
