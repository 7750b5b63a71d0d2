package attachment

// PathForTest is where an attachment lies below the root.
func PathForTest(realm, id, filename string) string {
	return Attachment{Realm: realm, ParentID: id, Filename: filename}.file()
}
