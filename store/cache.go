package store

import (
	"context"
	"fmt"
)

// The keys under which Trac 1.6 remembers what it read (every @cached in trac/).
// Whoever changes the rows on the right raises the key on the left, in the same
// transaction, as Trac does:
//
//	cachePermissions  permission, any row
//	cacheFields       enum, component, version and milestone, any row: the lists
//	                  that ticket fields choose from
//	cacheMilestones   milestone, any row (besides cacheFields)
//	cachePages        wiki, when a page comes, goes or is renamed; not when it
//	                  only gets a new version
//	cacheInterWiki    wiki, any change of the page InterMapTxt
//
// Components, versions and enums have no key of their own. The key
// trac.ticket.api.TicketSystem.custom_fields is never raised, for custom fields
// come from trac.ini. Users' names (trac.env.Environment._known_users and
// _known_users_dict) and repositories (trac.versioncontrol.cache.
// CachedRepository.metadata:NAME) are Trac's business: we never write them.
const (
	cachePermissions = "trac.perm.DefaultPermissionStore._all_permissions"
	cacheFields      = "trac.ticket.api.TicketSystem.fields"
	cacheMilestones  = "trac.ticket.model.MilestoneCache.milestones"
	cachePages       = "trac.wiki.api.WikiSystem.pages"
	cacheInterWiki   = "trac.wiki.interwiki.InterWikiMap.interwiki_map"
)

// invalidate raises the generations of keys, so that whoever remembers what is
// kept under them, a running Trac or another tracrpc, reads it again.
func (t *tx) invalidate(ctx context.Context, keys ...string) error {
	for _, key := range keys {
		_, err := t.exec(ctx, `
			INSERT INTO cache (id, generation, key)
			VALUES (?1, 0, ?2)
			ON CONFLICT (id) DO UPDATE SET generation = cache.generation + 1`, cacheID(key), key)
		if err != nil {
			return fmt.Errorf("invalidate %s: %w", key, err)
		}
	}
	return nil
}

// cacheID is the row of a key (trac/cache.py, key_to_id).
func cacheID(key string) int64 {
	if key == "" {
		return 0
	}
	id := int64(key[0]) << 7
	for i := range len(key) { // the keys are ASCII
		id = (1000003*id)&0x7fffffff ^ int64(key[i])
	}
	return id ^ int64(len(key))
}

// Generation is a comparable value that is another one whenever something that
// Trac remembers may have changed: permissions, ticket fields, milestones, page
// names. What was read after asking for it may be kept for as long as it stays
// the same. It notices what this process writes when the write is answered, and
// what Trac writes as soon as Trac does, for a microsecond a question.
func (db *DB) Generation(ctx context.Context) (any, error) { return db.generation(ctx) }
