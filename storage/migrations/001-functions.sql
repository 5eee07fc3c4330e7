-- What the database does in one round trip or must see to itself: versions, notifications, keys, reservations.

create function touch_version() returns trigger language plpgsql as $$
begin
  new.version := old.version + 1;
  new.updated_at := now();
  return new;
end $$;
create trigger orders_version before update on orders for each row execute function touch_version();
create trigger item_version before update on item for each row execute function touch_version();

create function notify_event() returns trigger language plpgsql as $$
begin
  perform pg_notify('fabroute_event', json_build_object(
    'id', new.id, 'orderId', new.order_id, 'storefrontId', new.storefront_id, 'sequence', new.sequence
  )::text);
  return null;
end $$;
create trigger event_notify after insert on event for each row execute function notify_event();

-- Whoever changes a vehicle's stops has them sent to it: the list leaves the platform when the change is committed.
create function notify_stops() returns trigger language plpgsql as $$
begin
  perform pg_notify('fabroute_stops', new.id);
  return null;
end $$;
create trigger vehicle_stops_notify after update of stops_version on vehicle
  for each row execute function notify_stops();

-- Events are facts: they are written once.
create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end $$;
create trigger event_append_only before update or delete on event
  for each statement execute function refuse_change();
create trigger event_no_truncate before truncate on event
  for each statement execute function refuse_change();

-- Finds a key before the tenant is known, so it runs as the owner; says when the key was last used, to the minute.
create function authenticate(key_hash bytea)
returns table (id text, storefront_id text, mode text, scopes text[], expires_at timestamptz, revoked_at timestamptz)
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  update api_key k set last_used_at = now()
    where k.hash = key_hash and (k.last_used_at is null or k.last_used_at < now() - interval '1 minute');
  return query
    select k.id, k.storefront_id, s.mode, k.scopes, k.expires_at::timestamptz, k.revoked_at::timestamptz
    from api_key k join storefront s on s.id = k.storefront_id
    where k.hash = key_hash;
end $$;

-- Reservations. An offer's rows are dropped, booked and released under a lock on the offer, all or none.
create function offer_lock(offer text) returns bigint language sql immutable as
$$ select hashtextextended(offer, 1) $$;
create function resource_lock(resource text) returns bigint language sql immutable as
$$ select hashtextextended(resource, 2) $$;
create function current_storefront() returns text language sql stable as
$$ select nullif(current_setting('fabroute.storefront', true), '') $$;

-- The time of holds that have expired is free again; an offer that is just being booked is left alone.
create function drop_expired_holds(resources text[]) returns void language plpgsql as $$
declare
  expired text;
begin
  for expired in
    select distinct offer_id from reservation
    where resource_id in (select unnest(resources)) and state = 'held' and expires_at <= clock_timestamp()
  loop
    if pg_try_advisory_xact_lock(offer_lock(expired)) then
      delete from reservation where offer_id = expired and state = 'held' and expires_at <= clock_timestamp();
    end if;
  end loop;
end $$;

-- wanted: [{id, resourceId, seconds, notBefore, notAfter, offerId, expiresAt}]; the earliest gap that each fits into.
create function hold_slots(wanted jsonb)
returns table (id text, starts_at timestamptz, ends_at timestamptz)
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  slot record;
  busy tstzrange;
  starts timestamptz;
  needs interval;
  resources text[] := array(select distinct w ->> 'resourceId' from jsonb_array_elements(wanted) w order by 1);
begin
  perform pg_advisory_xact_lock(resource_lock(resource)) from unnest(resources) resource;
  perform drop_expired_holds(resources);
  for slot in
    select * from jsonb_to_recordset(wanted) as w(
      id text, "resourceId" text, seconds double precision, "notBefore" timestamptz,
      "notAfter" timestamptz, "offerId" text, "expiresAt" timestamptz)
    order by w."resourceId", w.id
  loop
    starts := slot."notBefore";
    needs := make_interval(secs => slot.seconds);
    for busy in
      select during from reservation
      where resource_id = slot."resourceId" and during && tstzrange(starts, null)
      order by lower(during)
    loop
      exit when starts + needs <= lower(busy);
      starts := greatest(starts, upper(busy));
    end loop;
    continue when starts > slot."notAfter";
    insert into reservation (id, resource_id, during, state, offer_id, storefront_id, expires_at)
    values (slot.id, slot."resourceId", tstzrange(starts, starts + needs), 'held', slot."offerId",
      current_storefront(), slot."expiresAt");
    id := slot.id;
    starts_at := starts;
    ends_at := starts + needs;
    return next;
  end loop;
end $$;

-- True when the offer's time is (or was already) booked for this order; false when it was given to others meanwhile.
create function book_hold(offer text, for_order text, for_fulfilment text) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform pg_advisory_xact_lock(offer_lock(offer));
  update reservation
    set state = 'booked', order_id = for_order, fulfilment_id = for_fulfilment, expires_at = null
    where offer_id = offer and state = 'held'
      and storefront_id is not distinct from coalesce(current_storefront(), storefront_id);
  return found or exists (
    select from reservation
    where offer_id = offer and order_id = for_order and fulfilment_id = for_fulfilment);
end $$;

create function release_reservations(offer text, fulfilment text) returns integer
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  released integer;
begin
  if offer is not null then
    perform pg_advisory_xact_lock(offer_lock(offer));
  end if;
  delete from reservation
    where (offer_id = offer or fulfilment_id = fulfilment)
      and storefront_id is not distinct from coalesce(current_storefront(), storefront_id);
  get diagnostics released = row_count;
  return released;
end $$;
