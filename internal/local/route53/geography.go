package route53

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
)

// continents are the countries (ISO 3166-1) of each continent that Route 53 knows.
// https://docs.aws.amazon.com/Route53/latest/APIReference/API_GeoLocation.html
var continents = map[string]string{
	"AF": "AO BF BI BJ BW CD CF CG CI CM CV DJ DZ EG ER ET GA GH GM GN GQ GW KE KM LR LS LY MA MG ML MR MU MW MZ NA NE NG RE RW SC SD SH SL SN SO SS ST SZ TD TG TN TZ UG YT ZA ZM ZW",
	"AN": "AQ GS TF",
	"AS": "AE AF AM AZ BD BH BN BT CC CN GE HK ID IL IN IO IQ IR JO JP KG KH KP KR KW KZ LA LB LK MM MN MO MV MY NP OM PH PK PS QA SA SG SY TH TJ TM TW UZ VN YE",
	"EU": "AD AL AT AX BA BE BG BY CH CY CZ DE DK EE ES FI FO FR GB GG GI GR HR HU IE IM IS IT JE LI LT LU LV MC MD ME MK MT NL NO PL PT RO RS RU SE SI SJ SK SM TR UA VA XK",
	"NA": "AG AI AW BB BL BM BQ BS BZ CA CR CU CW DM DO GD GL GP GT HN HT JM KN KY LC MF MQ MS MX NI PA PM PR SV SX TC TT US VC VG VI",
	"OC": "AS AU CK FJ FM GU KI MH MP NC NF NR NU NZ PF PG PN PW SB TK TL TO TV UM VU WF WS",
	"SA": "AR BO BR CL CO EC FK GF GY PE PY SR UY VE",
}

// anywhere is the country code of the default record.
const anywhere = "*"

// continentOf is a country's continent; empty when there is no such country.
func continentOf(country string) string {
	for continent, countries := range continents {
		if len(country) == 2 && strings.Contains(" "+countries+" ", " "+country+" ") {
			return continent
		}
	}
	return ""
}

// checkGeoLocation wants a continent, or a country, or a country's subdivision, or the default.
func checkGeoLocation(location *types.GeoLocation) error {
	if location == nil {
		return nil
	}
	continent, country, subdivision := aws.ToString(location.ContinentCode), aws.ToString(location.CountryCode), aws.ToString(location.SubdivisionCode)
	_, known := continents[continent]
	switch {
	case continent != "" && (country != "" || subdivision != ""):
		return invalidInput("A ContinentCode excludes CountryCode and SubdivisionCode.")
	case continent == "" && country == "", subdivision != "" && country == "":
		return invalidInput("A GeoLocation needs a ContinentCode or a CountryCode.")
	case subdivision != "" && country != "US" && country != "UA":
		return invalidInput("Only the US and Ukraine have subdivisions.")
	case continent != "" && !known, country != "" && country != anywhere && continentOf(country) == "":
		return invalidInput("There is no location %s%s.", continent, country)
	}
	return nil
}

// placeOf is a location in one word: "EU/", "/DE", "/US-WA", "/*".
func placeOf(location *types.GeoLocation) string {
	place := aws.ToString(location.ContinentCode) + "/" + aws.ToString(location.CountryCode)
	if location.SubdivisionCode != nil {
		place += "-" + *location.SubdivisionCode
	}
	return place
}

// placesOf are the places that a network is in, the smallest first.
func placesOf(country, subdivision string) []string {
	var places []string
	if subdivision != "" {
		places = append(places, "/"+country+"-"+subdivision)
	}
	if country != "" {
		places = append(places, "/"+country, continentOf(country)+"/")
	}
	return append(places, "/"+anywhere)
}
