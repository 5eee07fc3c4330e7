-- A ledger transaction carries its postings, and writing it writes them out: one statement, checked once, in place of a
-- second statement that had to be checked against the first. The laws stay as they were.

drop trigger ledger_account_guard on ledger_account;
drop trigger ledger_transaction_sign on ledger_transaction;
drop trigger ledger_transaction_balanced on ledger_transaction;
drop trigger ledger_posting_apply on ledger_posting;
drop function ledger_guard_account(), ledger_sign_transaction(), ledger_check_transaction();
alter table ledger_account drop constraint ledger_account_floor;

-- The n-th account gets the n-th amount. Only ledger_apply writes them out, as rows of ledger_posting.
alter table ledger_transaction add column account_ids bigint[], add column amounts bigint[];
alter table ledger_transaction disable trigger ledger_transaction_append_only;
update ledger_transaction t set account_ids = p.account_ids, amounts = p.amounts
  from (select transaction_id, array_agg(account_id order by seq) as account_ids, array_agg(amount order by seq) as amounts
    from ledger_posting group by transaction_id) p
  where p.transaction_id = t.id;
alter table ledger_transaction enable trigger ledger_transaction_append_only;
alter table ledger_transaction alter column account_ids set not null, alter column amounts set not null,
  drop column written_by;

-- Postings are written, and balances moved, by the trigger of a transaction alone. (What costs on each row is asked for
-- in the conditions of triggers: a function is called only to refuse. None is before a row: it would lock the row twice.)
create function ledger_refuse() returns trigger language plpgsql as $$
begin
  raise exception '%', tg_argv[0] using errcode = 'restrict_violation';
end $$;
create trigger ledger_posting_guard before insert on ledger_posting for each statement
  when (pg_trigger_depth() < 1) execute function ledger_refuse('postings are written with their transaction');
create trigger ledger_account_guard before update on ledger_account for each statement
  when (pg_trigger_depth() < 1) execute function ledger_refuse('a balance moves by postings alone');
create constraint trigger ledger_account_empty after insert on ledger_account for each row
  when (new.balance <> 0 or new.floor > 0) execute function ledger_refuse('an account is opened empty');

-- And down to the account's floor.
create function ledger_refuse_floor() returns trigger language plpgsql as $$
begin
  raise exception 'ledger_floor' using errcode = 'FB000', detail = json_build_object('account', new.code,
    'unit', new.unit, 'balance', old.balance::text, 'floor', new.floor::text,
    'amount', (new.balance - old.balance)::text);
end $$;
create constraint trigger ledger_account_floor after update on ledger_account for each row
  when (new.balance < new.floor) execute function ledger_refuse_floor();

-- Postings balance in each unit. Accounts are moved in the order of their ids, so that two transactions that post to the
-- same accounts do not wait for each other. (The settings: one plan for all, which is made when the tables are empty and
-- would read them whole for ever after, or else a new one each time, since how many postings there are could change it.)
create or replace function ledger_apply() returns trigger language plpgsql
set enable_seqscan = off set plan_cache_mode = force_generic_plan as $$
declare
  done record;
begin
  with line as (
    select * from unnest(new.account_ids, new.amounts) with ordinality as l(account_id, amount, seq)),
  written as (
    insert into ledger_posting (transaction_id, seq, account_id, amount)
      select new.id, l.seq, l.account_id, l.amount from line l),
  moved as (
    update ledger_account a set balance = a.balance + w.amount
    from (select account_id, sum(amount)::bigint as amount, count(*) as postings
      from line group by account_id order by account_id) w
    where a.id = w.account_id
    returning a.book, a.unit, w.amount, w.postings)
  select coalesce(sum(u.postings), 0) as postings, coalesce(bool_and(u.total = 0), false) as balanced into done
    from (select sum(m.postings) as postings, sum(m.amount) as total from moved m group by m.book, m.unit) u;
  if done.postings <> cardinality(new.account_ids) then
    raise exception 'postings to an account that is not there' using errcode = 'foreign_key_violation';
  elsif not done.balanced then
    raise exception 'postings must sum to zero in each unit' using errcode = 'check_violation';
  end if;
  return null;
end $$;
create constraint trigger ledger_transaction_apply after insert on ledger_transaction
  for each row execute function ledger_apply();

-- Posts once for each key. postings: [{book, account, unit, amount, floor?}], amounts as strings of digits; a floor is
-- what the account is opened with, and where it is stated it must be the account's own.
create or replace function ledger_post(
  key text, about text, for_order text, postings jsonb, out transaction_id bigint, out replayed boolean)
language plpgsql security definer
set search_path = public, pg_temp set plan_cache_mode = force_generic_plan as $$
declare
  print bytea := sha256(convert_to(coalesce(for_order, '') || postings::text, 'UTF8'));
  earlier bytea;
  lines record;
begin
  for look in 1..2 loop
    -- One index look-up for each; null for what is not open yet.
    select array_agg((select a.id from ledger_account a where a.book = p.posting ->> 'book'
          and a.code = p.posting ->> 'account' and a.unit = p.posting ->> 'unit')) as account_ids,
        array_agg((p.posting ->> 'amount')::bigint) as amounts, bool_or(p.posting ? 'floor') as floors
      into lines from jsonb_array_elements(postings) as p(posting);
    exit when look = 2 or (array_position(lines.account_ids, null) is null and lines.floors is not true);
    perform ledger_open_accounts(postings);
  end loop;
  insert into ledger_transaction (idempotency_key, fingerprint, description, order_id, account_ids, amounts)
    values (key, print, about, for_order, coalesce(lines.account_ids, '{}'), coalesce(lines.amounts, '{}'))
    on conflict (idempotency_key) do nothing
    returning id into transaction_id;
  replayed := transaction_id is null;
  if replayed then
    select t.id, t.fingerprint into strict transaction_id, earlier
      from ledger_transaction t where t.idempotency_key = key;
    if earlier <> print then
      raise exception 'ledger_mismatch' using errcode = 'FB000', detail = json_build_object('key', key);
    end if;
  end if;
end $$;
