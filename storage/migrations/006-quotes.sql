-- A quote is written in one call: its answer kept under the key of the call, its time held, its rows inserted; all or
-- nothing, and in one round trip.

-- What an offer names was read a moment before, and is joined again when the offer is ordered. Each of these keys locked
-- rows that every quote names, and made the locks of quotes beside each other into lists.
alter table "quote" drop constraint "quote_storefront_id_foreign";
alter table "idempotency" drop constraint "idempotency_storefront_id_foreign";
alter table "offer" drop constraint "offer_storefront_id_foreign", drop constraint "offer_item_id_foreign",
  drop constraint "offer_site_id_foreign", drop constraint "offer_machine_id_foreign",
  drop constraint "offer_vehicle_id_foreign", drop constraint "offer_compartment_id_foreign";

-- Answers and candidates of some kilobytes stay in their row as they are: packing them costs more than writing them.
alter table "idempotency" set (toast_tuple_target = 8160);
alter table "decision" set (toast_tuple_target = 8160);
alter table "quote" set (toast_tuple_target = 8160);

-- Holds that have lapsed are found by when they do, and what is taken by when it ends.
create index "reservation_lapsing" on "reservation" ("expires_at") where (state = 'held'::text);
create index "reservation_ends" on "reservation" (upper("during"));
drop index "reservation_fulfilment";
create index "reservation_fulfilment" on "reservation" ("fulfilment_id") where (fulfilment_id is not null);

-- Until when everything is taken that is held or booked from a time on. Whoever asks clears away what has lapsed, all of it
-- at once, so that nobody who then plans with a time waits for others who clear; what is just being booked is left alone.
create function taken_times(since timestamptz) returns table (resource_id text, until_ms double precision)
language plpgsql security definer set search_path = public, pg_temp set enable_seqscan = off as $$
#variable_conflict use_column
begin
  perform set_config('synchronous_commit', 'off', true);
  with lapsed as materialized (
    select distinct offer_id from reservation where state = 'held' and expires_at <= clock_timestamp()),
  locked as materialized (
    select offer_id from lapsed where pg_try_advisory_xact_lock(offer_lock(offer_id)))
  delete from reservation r using locked
    where r.offer_id = locked.offer_id and r.state = 'held' and r.expires_at <= clock_timestamp();
  return query
    select resource_id, extract(epoch from max(upper(during)))::double precision * 1000 from reservation
    where upper(during) > since group by resource_id;
end $$;

-- Holds exactly what is asked for, or refuses with the offers whose time somebody else has. Among those who know what they
-- want the constraint decides, and they lock a machine only against those who look for a gap on it.
-- wanted: [{id, resourceId, from, to, offerId}].
create function hold_exactly(wanted jsonb, until timestamptz) returns void
language plpgsql security definer set search_path = public, pg_temp set enable_seqscan = off as $$
declare
  lost text;
begin
  perform pg_advisory_xact_lock_shared(resource_lock(resource))
    from (select distinct w ->> 'resourceId' as resource from jsonb_array_elements(wanted) w order by 1) r;
  with asked as materialized (
    select * from jsonb_to_recordset(wanted) as w(
      id text, "resourceId" text, "from" timestamptz, "to" timestamptz, "offerId" text)),
  held as (
    insert into reservation (id, resource_id, during, state, offer_id, storefront_id, expires_at)
      select a.id, a."resourceId", tstzrange(a."from", a."to"), 'held', a."offerId", current_storefront(), until from asked a
      order by a."resourceId"
      on conflict do nothing returning id)
  select string_agg(distinct a."offerId", ' ') into lost from asked a where a.id not in (select h.id from held h);
  if lost is not null then
    raise exception 'capacity_taken' using errcode = 'FB000', detail = json_build_object('offers', lost);
  end if;
end $$;

-- Keeps the answer of a call under its key. When the key has been answered, or is taken by a call that runs, nothing is
-- kept, and what is there is returned. One that is just being kept is waited for.
create function keep_answer(tenant text, call jsonb, print bytea, answer bytea,
  out is_mine boolean, out fingerprint bytea, out state text, out status integer, out headers jsonb, out body bytea)
language plpgsql as $$
#variable_conflict use_column
begin
  insert into idempotency as i (storefront_id, method, path, key, fingerprint, state, status, headers, body)
  values (tenant, call ->> 'method', call ->> 'path', call ->> 'key', print, 'done', (call ->> 'status')::integer,
    call -> 'headers', answer)
  on conflict (storefront_id, method, path, key) do update
    set fingerprint = excluded.fingerprint, state = 'done', status = excluded.status, headers = excluded.headers,
      body = excluded.body, created_at = now()
    where i.created_at < now() - make_interval(hours => (call ->> 'hours')::integer)
      or (i.state = 'running' and i.fingerprint = excluded.fingerprint
        and i.created_at < now() - make_interval(secs => (call ->> 'lockSeconds')::double precision));
  is_mine := found;
  if not is_mine then
    select i.fingerprint, i.state, i.status, i.headers, i.body into fingerprint, state, status, headers, body
      from idempotency i where i.storefront_id = tenant and i.method = call ->> 'method'
        and i.path = call ->> 'path' and i.key = call ->> 'key';
  end if;
end $$;

-- The quote of one storefront. Whoever orders an offer that a crash of the database has lost is told to ask again, and
-- so the commit does not wait for the disk. Offers whose time is taken refuse the whole (capacity_taken).
create function make_quote(tenant text, call jsonb, print bytea, answer bytea, quote jsonb, destination bytea,
  offers jsonb, decisions jsonb, holds jsonb,
  out is_mine boolean, out fingerprint bytea, out state text, out status integer, out headers jsonb, out body bytea)
language plpgsql as $$
#variable_conflict use_column
begin
  perform set_config('fabroute.storefront', tenant, true), set_config('synchronous_commit', 'off', true);
  select * into is_mine, fingerprint, state, status, headers, body from keep_answer(tenant, call, print, answer);
  if not is_mine then
    return;
  end if;
  with made as materialized (
    select quote ->> 'id' as id, (quote ->> 'expiresAt')::timestamptz as expires_at,
      (quote ->> 'createdAt')::timestamptz as created_at),
  asked as (
    insert into quote (id, storefront_id, buyer_id, request, destination, why_not, expires_at, created_at)
    select m.id, tenant, quote ->> 'buyerId', quote -> 'request', make_quote.destination, quote -> 'whyNot', m.expires_at,
      m.created_at
    from made m),
  offered as (
    insert into offer (id, quote_id, storefront_id, line, item_id, quantity, customization, method, kind, site_id,
      machine_id, vehicle_id, compartment_id, price, total_cents, currency, promise, expires_at, created_at)
    select o.id, m.id, tenant, o.line, o.item_id, o.quantity, o.customization, o.method, o.kind, o.site_id, o.machine_id,
      o.vehicle_id, o.compartment_id, o.price, o.total_cents, o.currency, o.promise, m.expires_at, m.created_at
    from made m, jsonb_to_recordset(offers) as o(id text, line int, item_id text, quantity int, customization jsonb,
      method text, kind text, site_id text, machine_id text, vehicle_id text, compartment_id text, price jsonb,
      total_cents bigint, currency text, promise jsonb))
  insert into decision (id, storefront_id, quote_id, subject_id, kind, chosen, candidates, created_at)
  select d.id, tenant, m.id, d.subject_id, d.kind, d.chosen, d.candidates, m.created_at
  from made m, jsonb_to_recordset(decisions) as d(id text, subject_id text, kind text, chosen text, candidates jsonb);
  -- Last, so that whoever wants the same time waits only for the commit.
  if holds <> '[]' then
    perform hold_exactly(holds, (quote ->> 'expiresAt')::timestamptz);
  end if;
end $$;

revoke execute on function taken_times(timestamptz), hold_exactly(jsonb, timestamptz), keep_answer(text, jsonb, bytea, bytea),
  make_quote(text, jsonb, bytea, bytea, jsonb, bytea, jsonb, jsonb, jsonb) from public;
grant execute on function taken_times(timestamptz), hold_exactly(jsonb, timestamptz), keep_answer(text, jsonb, bytea, bytea),
  make_quote(text, jsonb, bytea, bytea, jsonb, bytea, jsonb, jsonb, jsonb) to fabroute_api;
