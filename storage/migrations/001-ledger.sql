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
  -- The database transaction that wrote it, which alone may add its postings.
  written_by xid8 not null,
  created_at timestamptz(3) not null default now()
);
create index ledger_transaction_order on ledger_transaction (order_id) where order_id is not null;

-- No foreign keys: ledger_apply finds the transaction and each account, and neither can ever be deleted.
create table ledger_posting (
  transaction_id bigint not null,
  seq smallint not null,
  account_id bigint not null,
  amount bigint not null check (amount <> 0),
  primary key (transaction_id, seq)
);
create index ledger_posting_account on ledger_posting (account_id);

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

-- An account begins at nothing, and afterwards only postings move it, down to its floor.
create function ledger_guard_account() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    if new.balance <> 0 then
      raise exception 'an account is opened empty' using errcode = 'restrict_violation';
    end if;
  elsif pg_trigger_depth() < 2 or (new.id, new.book, new.code, new.unit) <> (old.id, old.book, old.code, old.unit)
      or new.floor is distinct from old.floor then
    raise exception 'a balance moves by postings alone' using errcode = 'restrict_violation';
  elsif new.balance < new.floor then
    raise exception 'ledger_floor' using errcode = 'FB000', detail = json_build_object('account', new.code,
      'unit', new.unit, 'balance', old.balance::text, 'floor', new.floor::text,
      'amount', (new.balance - old.balance)::text);
  end if;
  return new;
end $$;
create trigger ledger_account_guard before insert or update on ledger_account
  for each row execute function ledger_guard_account();

create function ledger_sign_transaction() returns trigger language plpgsql as $$
begin
  new.written_by := pg_current_xact_id();
  return new;
end $$;
create trigger ledger_transaction_sign before insert on ledger_transaction
  for each row execute function ledger_sign_transaction();

-- A statement that inserts postings does so for one transaction, begun here and now, and its postings balance in each
-- unit. Accounts are moved in the order of their ids, so that two that post to the same accounts do not wait for each
-- other. (The setting: plans are kept from when the tables were empty, and would read them whole for ever after.)
create function ledger_apply() returns trigger language plpgsql
set enable_seqscan = off as $$
declare
  done record;
begin
  with wanted as materialized (
    select account_id, sum(amount)::bigint as amount, min(transaction_id) as first_id, max(transaction_id) as last_id
    from added group by account_id order by account_id),
  moved as (
    update ledger_account a set balance = a.balance + w.amount
    from wanted w where a.id = w.account_id
    returning a.book, a.unit, w.amount),
  units as (
    select count(*) as accounts, sum(amount) as total from moved group by book, unit)
  select w.accounts, w.first_id, w.last_id, u.accounts as moved, u.balanced into done
    from (select count(*) as accounts, min(first_id) as first_id, max(last_id) as last_id from wanted) w,
      (select coalesce(sum(accounts), 0) as accounts, bool_and(total = 0) as balanced from units) u;
  if done.accounts = 0 then
    return null;
  elsif done.moved <> done.accounts then
    raise exception 'postings to an account that is not there' using errcode = 'foreign_key_violation';
  elsif not done.balanced then
    raise exception 'postings must sum to zero in each unit' using errcode = 'check_violation';
  elsif done.first_id <> done.last_id or not exists (
    select from ledger_transaction where id = done.first_id and written_by = pg_current_xact_id()
  ) then
    raise exception 'postings belong to one transaction, and are written with it' using errcode = 'restrict_violation';
  end if;
  return null;
end $$;
create trigger ledger_posting_apply after insert on ledger_posting
  referencing new table as added for each statement execute function ledger_apply();

-- At commit once more, over the whole transaction: it has postings, and they sum to zero.
create function ledger_check_transaction() returns trigger language plpgsql as $$
begin
  if (select count(*) < 2 or sum(amount) <> 0 from ledger_posting where transaction_id = new.id) then
    raise exception 'ledger transaction % does not sum to zero', new.id using errcode = 'check_violation';
  end if;
  return null;
end $$;
create constraint trigger ledger_transaction_balanced after insert on ledger_transaction
  deferrable initially deferred for each row execute function ledger_check_transaction();

-- Posts once for each key. postings: [{book, account, unit, amount, floor?}], amounts as strings of digits; a floor is
-- what the account is opened with, and where it is stated it must be the account's own.
create function ledger_post(
  key text, about text, for_order text, postings jsonb, out transaction_id bigint, out replayed boolean)
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  print bytea := sha256(convert_to(coalesce(for_order, '') || postings::text, 'UTF8'));
  earlier bytea;
  accounts bigint[];
begin
  insert into ledger_transaction (idempotency_key, fingerprint, description, order_id)
    values (key, print, about, for_order)
    on conflict (idempotency_key) do nothing
    returning id into transaction_id;
  replayed := transaction_id is null;
  if replayed then
    select t.id, t.fingerprint into strict transaction_id, earlier
      from ledger_transaction t where t.idempotency_key = key;
    if earlier <> print then
      raise exception 'ledger_mismatch' using errcode = 'FB000', detail = json_build_object('key', key);
    end if;
    return;
  end if;
  for look in 1..2 loop
    -- One index look-up for each; null for what is not open yet.
    accounts := array(
      select (select a.id from ledger_account a
        where a.book = p.posting ->> 'book' and a.code = p.posting ->> 'account' and a.unit = p.posting ->> 'unit')
      from jsonb_array_elements(postings) with ordinality as p(posting, seq) order by p.seq);
    exit when look = 2 or (array_position(accounts, null) is null and not postings @? '$[*].floor');
    perform ledger_open_accounts(postings);
  end loop;
  insert into ledger_posting (transaction_id, seq, account_id, amount)
    select ledger_post.transaction_id, p.seq, accounts[p.seq], (p.posting ->> 'amount')::bigint
    from jsonb_array_elements(postings) with ordinality as p(posting, seq);
end $$;

-- Opens what is not there yet, in one order for all; what is there keeps its floor.
create function ledger_open_accounts(postings jsonb) returns void language plpgsql as $$
declare
  conflicting record;
begin
  insert into ledger_account (book, code, unit, floor)
    select p.book, p.account, p.unit, max(p.floor)
    from jsonb_to_recordset(postings) as p(book text, account text, unit text, floor bigint)
    group by p.book, p.account, p.unit
    order by p.book, p.account, p.unit
    on conflict do nothing;
  select a.code, a.floor, p.posting ->> 'floor' as stated into conflicting
    from jsonb_array_elements(postings) as p(posting) join ledger_account a
      on a.book = p.posting ->> 'book' and a.code = p.posting ->> 'account' and a.unit = p.posting ->> 'unit'
    where p.posting ? 'floor' and a.floor is distinct from (p.posting ->> 'floor')::bigint
    limit 1;
  if found then
    raise exception 'ledger_mismatch' using errcode = 'FB000', detail = json_build_object(
      'account', conflicting.code, 'floor', conflicting.floor::text, 'stated', conflicting.stated);
  end if;
end $$;

-- The API reads the postings of its own storefront's orders.
alter table ledger_transaction enable row level security;
create policy tenant on ledger_transaction for select to fabroute_api
  using (exists (select from orders o where o.id = order_id));
alter table ledger_posting enable row level security;
create policy tenant on ledger_posting for select to fabroute_api
  using (exists (select from ledger_transaction t where t.id = transaction_id));
