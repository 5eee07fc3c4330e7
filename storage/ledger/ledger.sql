-- One ledger for three books: money by currency, stock by item, licence uses by licence. Its laws are kept here, below
-- every program: postings of a transaction sum to zero in each unit, nothing is changed or taken away, a balance is the
-- sum of its account's postings, no balance goes below its floor, and a key posts once.

create table ledger_account (
  id bigint generated always as identity primary key,
  book text not null check (book in ('money', 'stock', 'licence')),
  code text not null,
  unit text not null,
  floor bigint,
  balance bigint not null default 0,
  constraint ledger_account_code unique (book, code, unit),
  constraint ledger_account_floor check (balance >= floor)
) with (fillfactor = 70);

create table ledger_transaction (
  id bigint generated always as identity primary key,
  idempotency_key text not null constraint ledger_transaction_key unique,
  fingerprint bytea not null,
  description text not null,
  order_id text references orders (id),
  created_at timestamptz(3) not null default now()
);
create index ledger_transaction_order on ledger_transaction (order_id) where order_id is not null;

create table ledger_posting (
  transaction_id bigint not null references ledger_transaction (id),
  seq smallint not null,
  account_id bigint not null references ledger_account (id),
  amount bigint not null check (amount <> 0),
  primary key (transaction_id, seq)
);
create index ledger_posting_account on ledger_posting (account_id, transaction_id);

-- Append-only.
create trigger ledger_transaction_append_only before update or delete on ledger_transaction
  for each statement execute function refuse_change();
create trigger ledger_posting_append_only before update or delete on ledger_posting
  for each statement execute function refuse_change();
create trigger ledger_transaction_no_truncate before truncate on ledger_transaction
  for each statement execute function refuse_change();
create trigger ledger_posting_no_truncate before truncate on ledger_posting
  for each statement execute function refuse_change();
create trigger ledger_account_no_delete before delete or truncate on ledger_account
  for each statement execute function refuse_change();

-- An account begins at nothing, and afterwards only postings move it.
create function ledger_guard_account() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    if new.balance <> 0 then
      raise exception 'an account is opened empty' using errcode = 'restrict_violation';
    end if;
  elsif pg_trigger_depth() < 2 or (new.id, new.book, new.code, new.unit) <> (old.id, old.book, old.code, old.unit)
      or new.floor is distinct from old.floor then
    raise exception 'a balance moves by postings alone' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger ledger_account_guard before insert or update on ledger_account
  for each row execute function ledger_guard_account();

-- Each statement that inserts postings must balance, belong to a transaction begun here and now, and moves the balances.
create function ledger_apply() returns trigger language plpgsql as $$
begin
  if exists (
    select from added p join ledger_account a on a.id = p.account_id
    group by p.transaction_id, a.book, a.unit having sum(p.amount) <> 0
  ) then
    raise exception 'postings must sum to zero in each unit' using errcode = 'check_violation';
  end if;
  if exists (
    select from added p join ledger_transaction t on t.id = p.transaction_id
    where t.xmin <> pg_current_xact_id()::xid
  ) then
    raise exception 'a transaction takes no postings afterwards' using errcode = 'restrict_violation';
  end if;
  update ledger_account a set balance = a.balance + moved.amount
    from (select account_id, sum(amount)::bigint as amount from added group by account_id) moved
    where a.id = moved.account_id;
  return null;
end $$;
create trigger ledger_posting_apply after insert on ledger_posting
  referencing new table as added for each statement execute function ledger_apply();

-- At commit once more, over the whole transaction: it has postings, and they sum to zero.
create function ledger_check_transaction() returns trigger language plpgsql as $$
begin
  if (select count(*) from ledger_posting where transaction_id = new.id) < 2 or exists (
    select from ledger_posting p join ledger_account a on a.id = p.account_id
    where p.transaction_id = new.id
    group by a.book, a.unit having sum(p.amount) <> 0
  ) then
    raise exception 'ledger transaction % does not sum to zero', new.id using errcode = 'check_violation';
  end if;
  return null;
end $$;
create constraint trigger ledger_transaction_balanced after insert on ledger_transaction
  deferrable initially deferred for each row execute function ledger_check_transaction();

-- Posts once for each key. postings: [{book, account, unit, amount, floor?}], amounts as strings of digits; a floor is
-- what the account is opened with, and must be the account's own later. Accounts are locked in the order of their ids.
create function ledger_post(key text, about text, for_order text, postings jsonb)
returns table (transaction_id bigint, replayed boolean)
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  print bytea := sha256(convert_to(coalesce(for_order, '') || postings::text, 'UTF8'));
  earlier ledger_transaction;
  short record;
begin
  insert into ledger_transaction (idempotency_key, fingerprint, description, order_id)
    values (key, print, about, for_order)
    on conflict (idempotency_key) do nothing
    returning id into transaction_id;
  if transaction_id is null then
    select * into strict earlier from ledger_transaction t where t.idempotency_key = key;
    if earlier.fingerprint <> print then
      raise exception 'ledger_mismatch' using errcode = 'FB000', detail = json_build_object('key', key);
    end if;
    transaction_id := earlier.id;
    replayed := true;
    return next;
    return;
  end if;
  perform ledger_open_accounts(postings);
  perform from ledger_account a
    where (a.book, a.code, a.unit) in (
      select p.book, p.account, p.unit from jsonb_to_recordset(postings) as p(book text, account text, unit text))
    order by a.id for no key update;
  select a.code, a.unit, a.balance, a.floor, p.amount into short
    from (select w.book, w.account, w.unit, sum(w.amount)::bigint as amount
          from jsonb_to_recordset(postings) as w(book text, account text, unit text, amount bigint)
          group by w.book, w.account, w.unit) p
    join ledger_account a on (a.book, a.code, a.unit) = (p.book, p.account, p.unit)
    where a.balance + p.amount < a.floor limit 1;
  if found then
    raise exception 'ledger_floor' using errcode = 'FB000', detail = json_build_object(
      'account', short.code, 'unit', short.unit, 'balance', short.balance::text,
      'floor', short.floor::text, 'amount', short.amount::text);
  end if;
  insert into ledger_posting (transaction_id, seq, account_id, amount)
    select ledger_post.transaction_id, p.seq, a.id, (p.posting ->> 'amount')::bigint
    from jsonb_array_elements(postings) with ordinality as p(posting, seq)
    join ledger_account a on a.book = p.posting ->> 'book' and a.code = p.posting ->> 'account'
      and a.unit = p.posting ->> 'unit';
  replayed := false;
  return next;
end $$;

-- Opens what is not there yet; a floor that is stated must be the floor that the account has.
create function ledger_open_accounts(wanted jsonb) returns void language plpgsql as $$
declare
  conflicting record;
begin
  insert into ledger_account (book, code, unit, floor)
    select w.book, w.account, w.unit, max(w.floor)
    from jsonb_to_recordset(wanted) as w(book text, account text, unit text, floor bigint)
    where not exists (select from ledger_account a where (a.book, a.code, a.unit) = (w.book, w.account, w.unit))
    group by w.book, w.account, w.unit
    order by w.book, w.account, w.unit
    on conflict do nothing;
  select a.code, a.floor as has, w.floor as stated into conflicting
    from jsonb_to_recordset(wanted) as w(book text, account text, unit text, floor bigint, "floorStated" boolean)
    join ledger_account a on (a.book, a.code, a.unit) = (w.book, w.account, w.unit)
    where w."floorStated" and a.floor is distinct from w.floor limit 1;
  if found then
    raise exception 'ledger_mismatch' using errcode = 'FB000', detail = json_build_object(
      'account', conflicting.code, 'floor', conflicting.has::text, 'stated', conflicting.stated::text);
  end if;
end $$;

-- The API reads the postings of its own storefront's orders.
alter table ledger_transaction enable row level security;
create policy tenant on ledger_transaction for select to fabroute_api
  using (exists (select from orders o where o.id = order_id));
alter table ledger_posting enable row level security;
create policy tenant on ledger_posting for select to fabroute_api
  using (exists (select from ledger_transaction t where t.id = transaction_id));
