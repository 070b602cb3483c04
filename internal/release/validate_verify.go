package release

import "fmt"

func (v *validation) verify() {
	seen := map[string]bool{}
	for i, check := range v.complete.Verify {
		path := fmt.Sprintf("verify[%d]", i)
		if v.source.Has(path) && !v.source.Has(path+".payload") {
			v.missing(path+".payload", nil, "give the JSON document that the version is invoked with; {} will often do")
		}
		if seen[check.Name] {
			v.reject(path+".name", check.Name, "give it a name of its own", "two checks have this name")
		}
		seen[check.Name] = true
	}
}
