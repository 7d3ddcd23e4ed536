"""Which columns are set back after the clock was ahead (core/clock.py).

Not when an article comes out: an editor may have said that.
"""

from articles.models import Comment, HeldWord, Note, Notice, PrivateAnswer, Translation
from core import clock

clock.stamped(Comment, "created_at")
clock.stamped(PrivateAnswer, "written_at")
clock.stamped(HeldWord, "added_at")
clock.stamped(Note, "created_at", "resolved_at")
clock.stamped(Notice, "created_at", "mailed_at")
clock.stamped(Translation, "behind_since")
