# Samples for the admin.
