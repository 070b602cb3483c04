package release

// Shorten is text, or its beginning with an ellipsis where it has more than so many characters, of at least 1.
func Shorten(text string, most int) string {
	said := []rune(text)
	if len(said) <= most {
		return text
	}
	return string(said[:most-1]) + "…"
}
