"""What the ranking asks of a tally stands in the partner's row too, whoever writes the tally."""

from django.db import migrations

KEEP = """
    CREATE FUNCTION orders_keep_partner_figures() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE partners_partner partner SET jobs_accepted = tally.accepted, idle_since = tally.last_accepted_at
          FROM changed tally
         WHERE partner.id = tally.partner_id
           AND (partner.jobs_accepted, partner.idle_since)
               IS DISTINCT FROM (tally.accepted, tally.last_accepted_at);
        RETURN NULL;
    END $$;
    CREATE TRIGGER orders_new_tallies_are_kept AFTER INSERT ON orders_partnertally
        REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION orders_keep_partner_figures();
    CREATE TRIGGER orders_tallies_are_kept AFTER UPDATE ON orders_partnertally
        REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION orders_keep_partner_figures();
    -- Whoever saves a partner that was read before a job was accepted shall not put the old figures back.
    CREATE FUNCTION orders_own_partner_figures() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        SELECT accepted, last_accepted_at INTO NEW.jobs_accepted, NEW.idle_since
          FROM orders_partnertally WHERE partner_id = NEW.id;
        NEW.jobs_accepted := coalesce(NEW.jobs_accepted, 0);
        RETURN NEW;
    END $$;
    CREATE TRIGGER orders_partner_figures_are_own BEFORE UPDATE OF jobs_accepted, idle_since ON partners_partner
        FOR EACH ROW EXECUTE FUNCTION orders_own_partner_figures();
    UPDATE partners_partner SET jobs_accepted = tally.accepted, idle_since = tally.last_accepted_at
      FROM orders_partnertally tally WHERE tally.partner_id = partners_partner.id;
"""
DROP = """
    DROP TRIGGER orders_partner_figures_are_own ON partners_partner;
    DROP FUNCTION orders_own_partner_figures();
    DROP TRIGGER orders_tallies_are_kept ON orders_partnertally;
    DROP TRIGGER orders_new_tallies_are_kept ON orders_partnertally;
    DROP FUNCTION orders_keep_partner_figures();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0016_hand_overs_found_later"),
        ("partners", "0013_search_figures_at_hand"),
    ]

    operations = [migrations.RunSQL(KEEP, DROP)]
