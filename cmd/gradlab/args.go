package main

import (
	"fmt"
	"regexp"
	"strings"
)

var negative = regexp.MustCompile(`^-[0-9]`)

// joined gives a flag its negative number: --seeds -1 becomes --seeds=-1. No short flag is a digit,
// and the command then says what numbers it expects.
func joined(args []string) []string {
	var out []string
	for i, arg := range args {
		if i > 0 && negative.MatchString(arg) && strings.HasPrefix(args[i-1], "--") && args[i-1] != "--" && !strings.Contains(args[i-1], "=") {
			out[len(out)-1] += "=" + arg
			continue
		}
		out = append(out, arg)
	}
	return out
}

// refuseEmpty finds a value that is an empty text, which comes of a variable that a script did not
// set and must not stand for the default.
func refuseEmpty(args []string) error {
	for i, arg := range args {
		name, value, assigned := strings.Cut(arg, "=")
		switch {
		case arg == "--":
			continue
		case arg == "" && i > 0 && strings.HasPrefix(args[i-1], "-"):
			return fmt.Errorf("%s is empty", args[i-1])
		case arg == "":
			return fmt.Errorf("an argument is empty")
		case assigned && value == "" && strings.HasPrefix(name, "--"):
			return fmt.Errorf("%s is empty", name)
		}
	}
	return nil
}

// inRange is the error of a flag's number that is too small or too large.
func inRange(flag string, n, least, most int) error {
	if n < least || n > most {
		return fmt.Errorf("%s is %d, expected a number from %d to %d", flag, n, least, most)
	}
	return nil
}

var (
	missingValue = regexp.MustCompile(`^(--[^:]+): expected \w+ value but got "EOL".*$`)
	flagAsValue  = regexp.MustCompile(`^(--[^:]+): expected \w+ value but got (".*") \((?:long|short) flag\).*$`)
	noReal       = regexp.MustCompile(`^(--[^:]+): expected a float but got (".*") \(string\)$`)
	noTime       = regexp.MustCompile(`^(--[^:]+): expected duration but got (".*?"): .*$`)
	noNumber     = regexp.MustCompile(`^(--[^:]+): expected a valid 64 bit int but got (".*")$`)
)

// plainly words an error of the parser without the names of its tokens.
func plainly(err error) string {
	text := err.Error()
	text = missingValue.ReplaceAllString(text, "$1 has no value")
	text = flagAsValue.ReplaceAllString(text, "$1 has no value: $2 is another flag")
	text = noTime.ReplaceAllString(text, "$1 is $2, expected a time as 30s or 5m")
	text = noReal.ReplaceAllString(text, "$1 is $2, expected a number")
	return noNumber.ReplaceAllString(text, "$1 is $2, expected a whole number")
}
