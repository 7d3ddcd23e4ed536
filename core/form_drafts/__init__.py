"""What somebody typed into a long form of the admin and has not saved yet, and who else has that form open."""
