package compare

// The policies of the tables, in their order, and how their columns are headed.
var columns = []column{
	{"default", "default"},
	{"adaptive", "adaptive"},
	{"adaptive+no-holdback", "no holdback"},
	{"adaptive-unsettled", "unsettled"},
	{"adaptive-fast", "fast"},
	{"adaptive-careful", "careful"},
	{"judge-10percent", "judge 10 %"},
	{"judge-canary5", "judge in C5"},
	{"Canary10Percent5Minutes", "C5 SAM"},
	{"Canary10Percent5Minutes-any", "C5 any"},
	{"Canary10Percent5Minutes-any+bake", "C5 any+bake"},
	{"Canary10Percent5Minutes-rate1", "C5 rate1"},
	{"Canary10Percent5Minutes-rate1+bake", "C5 rate1+bake"},
	{"Canary10Percent5Minutes-rate5", "C5 rate5"},
	{"Linear10PercentEvery1Minute-any", "L1 any"},
	{"Linear10PercentEvery1Minute-rate1", "L1 rate1"},
	{"Linear10PercentEvery1Minute-rate5", "L1 rate5"},
	{"flagger", "Flagger"},
	{"kayenta", "Kayenta"},
	{"aws-lambda-deploy", "a-l-d"},
	{"sprt", "SPRT"},
	{"sprt-ratio", "SPRT ratio"},
}

// A column is a policy in a table.
type column struct{ policy, head string }

// columnsOf are the columns of those heads, in the tables' order.
func columnsOf(heads ...string) []column {
	var found []column
	for _, one := range columns {
		for _, head := range heads {
			if one.head == head {
				found = append(found, one)
			}
		}
	}
	return found
}
