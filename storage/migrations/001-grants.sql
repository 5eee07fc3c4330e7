-- The API's role may read what it shows, write what its calls create, and nothing else; row-level security does the rest.
revoke all on all tables in schema public from public;
revoke execute on function authenticate(bytea), hold_slots(jsonb), drop_expired_holds(text[]),
  book_hold(text, text, text), release_reservations(text, text),
  ledger_post(text, text, text, jsonb) from public;
grant usage on schema public to fabroute_api;

grant select on supplier, item, licence, site, machine, vehicle, compartment, rules to fabroute_api;
grant select on storefront, api_key, buyer, data_key, credential, quote, offer, orders, order_line, fulfilment, job,
  event, decision, payment, notice, attention, idempotency to fabroute_api;
grant select (resource_id, during, state, expires_at) on reservation to fabroute_api;
grant insert on buyer, data_key, credential, quote, offer, orders, order_line, fulfilment, job, payment, event, decision,
  idempotency, api_key to fabroute_api;
grant update on buyer, data_key, quote, offer, orders, order_line, fulfilment, idempotency, api_key to fabroute_api;
grant delete on idempotency to fabroute_api;
grant select on inbox_mail to fabroute_api;

grant select on ledger_transaction, ledger_posting to fabroute_api;
grant select (id, book, code, unit) on ledger_account to fabroute_api;

grant execute on function authenticate(bytea) to fabroute_api;
grant execute on function hold_slots(jsonb) to fabroute_api;
grant execute on function book_hold(text, text, text) to fabroute_api;
grant execute on function release_reservations(text, text) to fabroute_api;
