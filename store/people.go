package store

import (
	"context"
	"encoding/json"

	"tracrpc/notify"
)

// People is what the database knows of those who may want mail.
type People struct {
	db *DB
}

// People reads from db.
func (db *DB) People() *People { return &People{db} }

// Profiles are the sessions with these names.
func (p *People) Profiles(ctx context.Context, names []string) (profiles []notify.Profile, err error) {
	list, err := json.Marshal(names)
	if err != nil {
		return nil, err
	}
	inList := p.db.dialect.inList
	err = p.db.read(ctx, func(x *tx) error {
		profiles, err = readProfiles(ctx, x, `
			SELECT sid, authenticated, 'known', ''
			FROM session
			WHERE authenticated = 1 AND sid IN (`+inList+`)
			UNION ALL
			SELECT sid, authenticated, name, COALESCE(value, '')
			FROM session_attribute
			WHERE name IN ('name', 'email', 'notification.format.email') AND sid IN (`+inList+`)
			ORDER BY sid, authenticated`, string(list))
		return err
	})
	return profiles, err
}

// readProfiles reads what is told of each session, one thing a row.
func readProfiles(ctx context.Context, x *tx, text, names string) ([]notify.Profile, error) {
	rows, err := x.query(ctx, text, names)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var profiles []notify.Profile
	for rows.Next() {
		var p notify.Profile
		var what, value string
		if err := rows.Scan(&p.Name, &p.Authenticated, &what, &value); err != nil {
			return nil, err
		}
		if n := len(profiles); n == 0 || profiles[n-1].Name != p.Name || profiles[n-1].Authenticated != p.Authenticated {
			profiles = append(profiles, p)
		}
		last := &profiles[len(profiles)-1]
		switch what {
		case "known":
			last.Known = true
		case "name":
			last.FullName = value
		case "email":
			last.Email = value
		default:
			last.Format = value
		}
	}
	return profiles, rows.Err()
}

// Subscriptions are the rules of users, and all rules of one class.
func (p *People) Subscriptions(ctx context.Context, users []string, class string) (all []notify.Subscription, err error) {
	list, err := json.Marshal(users)
	if err != nil {
		return nil, err
	}
	err = p.db.read(ctx, func(x *tx) error {
		rows, err := x.query(ctx, `
			SELECT COALESCE(class, ''), COALESCE(distributor, ''), COALESCE(priority, 0), COALESCE(adverb, ''),
			       COALESCE(format, ''), COALESCE(sid, ''), COALESCE(authenticated, 0)
			FROM notify_subscription
			WHERE class = ?2 OR authenticated = 1 AND sid IN (`+p.db.dialect.inList+`)
			ORDER BY sid, authenticated, priority, id`, string(list), class)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var s notify.Subscription
			err := rows.Scan(&s.Class, &s.Distributor, &s.Priority, &s.Adverb, &s.Format, &s.User, &s.Authenticated)
			if err != nil {
				return err
			}
			all = append(all, s)
		}
		return rows.Err()
	})
	return all, err
}

// Updaters lists who has changed a ticket, sorted.
func (p *People) Updaters(ctx context.Context, id int) (names []string, err error) {
	err = p.db.read(ctx, func(x *tx) error {
		rows, err := x.query(ctx, `
			SELECT DISTINCT author
			FROM ticket_change
			WHERE ticket = ?1 AND author <> ''
			ORDER BY author`, id)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var name string
			if err := rows.Scan(&name); err != nil {
				return err
			}
			names = append(names, name)
		}
		return rows.Err()
	})
	return names, err
}
