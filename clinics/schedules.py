"""The jobs of the directory that run by themselves."""

from core.schedules import EVERY_DAY, EVERY_HOUR, EVERY_WEEK, Job, declare

declare(
    Job("ask clinics", "clinics.verification.jobs.send_reconfirmations", EVERY_HOUR),
    Job("forget answers that are too old", "clinics.verification.jobs.age_answers", EVERY_HOUR),
    Job("draw the sample of the month", "clinics.verification.jobs.draw_sample", EVERY_DAY),
    Job("match badges with their registers", "clinics.verification.jobs.match_credentials", EVERY_DAY),
    Job("forget the senders of reports", "clinics.verification.jobs.delete_reporter_hashes", EVERY_DAY),
    Job("write the open data", "clinics.verification.jobs.write_open_data", EVERY_DAY),
    Job("take in dropped files", "clinics.imports.automatic.take_dropped_files", EVERY_HOUR),
    Job("ask FindTreatment.gov", "clinics.imports.automatic.fetch_states", EVERY_WEEK),
    Job("ask for points of addresses", "clinics.locations.geocoding.geocode_due", EVERY_DAY),
    Job("look at what lies on the way to clinics", "clinics.locations.obstacles.find_obstacles", EVERY_DAY),
    Job("ask NPPES", "clinics.verification.jobs.look_up_npis", EVERY_DAY),
)
