#!/bin/sh
# Registers the namespace and the search attributes that operators search by; safe to run at every start.
set -eu
temporal operator namespace describe --namespace default > /dev/null 2>&1 ||
  temporal operator namespace create --namespace default --retention 30d
for attribute in OrderStatus Stage CustomerId StorefrontId SupplierId MachineId SiteId Region AttentionReason; do
  temporal operator search-attribute create --name "$attribute" --type Keyword
done
temporal operator search-attribute create --name NeedsAttention --type Bool
temporal operator search-attribute create --name DueBy --type Datetime
