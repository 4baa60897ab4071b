-- Takes reports and books units, under the lock of the quota's row. The rules are those of ResourceUnitWindow in the
-- program, which has the reasons. Each statement sees what the lock's last holder did: that takes READ COMMITTED.
CREATE OR REPLACE FUNCTION quota_exchange_v2(
    in_tenant text, in_application text,
    -- Bookings whose requests were answered so many seconds ago, and such that never left.
    in_answered bigint[], in_answered_ago double precision[], in_withdrawn bigint[],
    -- Units that were spent so many seconds ago without a booking here.
    in_spent integer[], in_spent_ago double precision[],
    -- A pause of so many seconds from now.
    in_block double precision,
    -- The RateLimit headers of the last answer that had them.
    in_limit integer, in_remaining integer, in_reset double precision,
    -- NULL: nothing is booked.
    in_units integer,
    in_share integer, in_full integer, in_day bigint,
    in_window double precision, in_margin double precision, in_flight double precision,
    -- The moment, for tests.
    in_now double precision,
    OUT out_booking bigint, OUT out_wait double precision, OUT out_reason text
) LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
    q       quota%ROWTYPE;
    t       double precision;
    full_   integer;
    share_  integer;
    ours    bigint;
    open_   bigint;
    beyond  bigint;
    theirs  bigint;
    known   bigint;
    room    bigint;
    candidate double precision;
BEGIN
    SELECT * INTO q FROM quota WHERE tenant = in_tenant AND application = in_application FOR UPDATE;
    IF NOT FOUND THEN
        INSERT INTO quota (tenant, application) VALUES (in_tenant, in_application) ON CONFLICT DO NOTHING;
        SELECT * INTO q FROM quota WHERE tenant = in_tenant AND application = in_application FOR UPDATE;
    END IF;
    -- After the lock: who waited for it comes later.
    t := coalesce(in_now, extract(epoch FROM clock_timestamp())::double precision);

    -- Reports.
    IF cardinality(in_answered) > 0 THEN
        UPDATE quota_bookings AS b
        SET is_open = false, share_end = least(b.share_end, greatest(a.at, b.booked_at) + in_window),
            full_end = greatest(a.at, b.booked_at) + in_window
        FROM (SELECT x.id, t - greatest(x.ago, 0) AS at FROM unnest(in_answered, in_answered_ago) AS x (id, ago)) AS a
        WHERE b.quota_id = q.id AND b.id = a.id AND b.is_open;
    END IF;
    DELETE FROM quota_bookings AS b WHERE b.quota_id = q.id AND b.full_end <= t;
    IF q.day <> floor(t / 86400) THEN
        q.day := floor(t / 86400);
        q.day_units := 0;
    END IF;
    IF cardinality(in_withdrawn) > 0 THEN
        WITH gone AS (
            DELETE FROM quota_bookings AS b WHERE b.quota_id = q.id AND b.id = ANY (in_withdrawn)
            RETURNING b.units, b.booked_at
        )
        SELECT greatest(0, q.day_units - coalesce(sum(units) FILTER (WHERE floor(booked_at / 86400) = q.day), 0))
        INTO q.day_units FROM gone;
    END IF;
    IF cardinality(in_spent) > 0 THEN
        INSERT INTO quota_bookings (quota_id, units, booked_at, share_end, full_end, is_open)
        SELECT q.id, x.units, t - x.ago, t - x.ago + in_window, t - x.ago + in_window, false
        FROM unnest(in_spent, in_spent_ago) AS x (units, ago) WHERE x.ago < in_window;
        SELECT q.day_units + coalesce(sum(x.units), 0) INTO q.day_units FROM unnest(in_spent) AS x (units);
    END IF;
    q.blocked_until := greatest(q.blocked_until, t + in_block);
    IF q.low_until <= t THEN
        q.low_until := NULL;
    END IF;
    IF q.others_until <= t THEN
        q.others_until := NULL;
        q.others_units := NULL;
    END IF;

    -- What the service says about its limit is believed; about what is left of it as far as this log cannot explain it.
    q.service_limit := coalesce(in_limit, q.service_limit);
    full_ := least(in_full, q.service_limit);
    share_ := CASE WHEN full_ < in_full THEN greatest(1, in_share::bigint * full_ / in_full) ELSE in_share END;
    IF in_remaining IS NOT NULL AND in_reset > 0 THEN
        SELECT coalesce(sum(units), 0), coalesce(sum(units) FILTER (WHERE is_open), 0),
            coalesce(sum(units) FILTER (WHERE share_end > t + in_reset), 0)
        INTO ours, open_, beyond FROM quota_bookings WHERE quota_id = q.id;
        theirs := coalesce(q.service_limit, in_full) - in_remaining - ours;
        known := CASE WHEN in_remaining = 0 THEN q.others_units END;
        q.others_units := NULL;
        q.others_until := NULL;
        q.low_until := NULL;
        -- They may spend a little more next time; where nothing is left they did, and nobody knows by how much.
        IF theirs > 0 OR known > 0 THEN
            q.others_units := greatest(theirs + full_ / 20, known + full_ / 50);
            q.others_until := t + 2 * in_window;
        END IF;
        IF theirs > 0 THEN
            IF greatest(0, in_remaining - open_) < share_ - beyond THEN
                q.low_remaining := greatest(0, in_remaining - open_);
                q.low_until := t + in_reset;
                q.low_next := t;
            END IF;
        END IF;
    END IF;

    IF in_units IS NOT NULL THEN
        -- The longest of all waits.
        out_wait := q.blocked_until;
        out_reason := 'paused';
        IF q.day_units > 0 AND q.day_units + in_units > in_day AND (q.day + 1) * 86400 > out_wait THEN
            out_wait := (q.day + 1) * 86400;
            out_reason := 'daySpent';
        END IF;
        -- When enough of what counts against the share has ended. An open booking ends a window after its answer, which
        -- may come at any moment.
        room := share_ - least(in_units, share_);
        SELECT min(w.e) INTO candidate FROM (
            SELECT e, coalesce(sum(units) OVER (
                ORDER BY e DESC RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW EXCLUDE GROUP), 0) AS after
            FROM (
                SELECT units, CASE WHEN is_open
                    THEN least(greatest(t, booked_at), booked_at + in_margin) + in_window ELSE share_end END AS e
                FROM quota_bookings WHERE quota_id = q.id AND share_end > t
            ) AS s
        ) AS w
        WHERE w.after <= room
            AND (SELECT sum(units) FROM quota_bookings WHERE quota_id = q.id AND share_end > t) > room;
        IF candidate > out_wait THEN
            out_wait := candidate;
            out_reason := 'minuteSpent';
        END IF;
        -- The same against what the service allows, others included.
        room := full_ - least(in_units, full_);
        SELECT min(w.e) INTO candidate FROM (
            SELECT e, coalesce(sum(units) OVER (
                ORDER BY e DESC RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW EXCLUDE GROUP), 0) AS after
            FROM (
                SELECT units, CASE WHEN is_open
                    THEN least(greatest(t, booked_at) + in_window, full_end) ELSE full_end END AS e
                FROM quota_bookings WHERE quota_id = q.id
                UNION ALL SELECT q.others_units, q.others_until WHERE q.others_units IS NOT NULL
            ) AS s
        ) AS w
        WHERE w.after <= room
            AND coalesce(q.others_units, 0)
                + (SELECT coalesce(sum(units), 0) FROM quota_bookings WHERE quota_id = q.id) > room;
        IF candidate > out_wait THEN
            out_wait := candidate;
            out_reason := 'minuteSpent';
        END IF;
        IF q.low_until IS NOT NULL THEN
            candidate := CASE WHEN in_units > q.low_remaining THEN q.low_until ELSE q.low_next END;
            IF candidate > out_wait THEN
                out_wait := candidate;
                out_reason := 'runningLow';
            END IF;
        END IF;

        IF out_wait > t THEN
            out_wait := out_wait - t;
        ELSE
            out_wait := NULL;
            out_reason := NULL;
            IF q.low_until IS NOT NULL THEN
                q.low_next := t + in_units * (q.low_until - t) / greatest(1, q.low_remaining);
                q.low_remaining := greatest(0, q.low_remaining - in_units);
            END IF;
            INSERT INTO quota_bookings (quota_id, units, booked_at, share_end, full_end, is_open)
            VALUES (q.id, in_units, t, t + in_margin + in_window, t + in_flight + in_window, true)
            RETURNING id INTO out_booking;
            q.day_units := q.day_units + in_units;
        END IF;
    END IF;

    UPDATE quota
    SET day = q.day, day_units = q.day_units, blocked_until = q.blocked_until, service_limit = q.service_limit,
        others_units = q.others_units, others_until = q.others_until, low_remaining = q.low_remaining,
        low_until = q.low_until, low_next = q.low_next
    WHERE id = q.id;
END
$$;
