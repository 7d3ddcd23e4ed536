"""What is asked of a clinic: the registry of questions, and what follows from each of its lines.

`registry` reads clinics/data/questions.csv; `kinds` knows how an answer of each kind is typed, stored and said;
`stated` reads and writes the answers of a clinic; `forms` asks them; `gaps` finds what a clinic has not said, and
`on_the_phone` has what readers ask. All but `gaps` import no model, so that models use them too.
"""
