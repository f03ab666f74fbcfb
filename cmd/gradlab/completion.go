package main

import (
	"fmt"
	"strings"

	"github.com/alecthomas/kong"

	"gradlab/data"
	"gradlab/gradcheck"
	"gradlab/internal/bench"
	"gradlab/internal/kernel"
	"gradlab/study"
)

type completionCmd struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// Help says where the script goes.
func (completionCmd) Help() string {
	return `Examples:

  bash:  echo 'source <(gradlab completion bash)' >> ~/.bashrc
  zsh:   gradlab completion zsh > "${fpath[1]}/_gradlab"
  fish:  gradlab completion fish > ~/.config/fish/completions/gradlab.fish`
}

// completionScripts ask "gradlab __complete WORDS…" for what the last word may become. Where it
// has nothing to say, shells complete file names.
var completionScripts = map[string]string{
	"bash": `_gradlab() {
  local IFS=$'\n'
  COMPREPLY=($(gradlab __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _gradlab gradlab
`,
	"zsh": `#compdef gradlab
_gradlab() {
  local -a found
  found=(${(f)"$(gradlab __complete "${(@)words[2,CURRENT]}" 2>/dev/null)"})
  if (( $#found )); then compadd -a found; else _files; fi
}
compdef _gradlab gradlab
`,
	"fish": `complete -c gradlab -a '(gradlab __complete (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)'
`,
}

// Run prints the shell's script.
func (c completionCmd) Run(con *console) error {
	_, err := fmt.Fprint(con.out, completionScripts[c.Shell])
	return err
}

type completeCmd struct {
	Words []string `arg:"" optional:""`
}

// Run prints what the last word may become, one a line.
func (c completeCmd) Run(con *console, parser *kong.Kong) error {
	for _, s := range complete(parser.Model.Node, c.Words) {
		fmt.Fprintln(con.out, s)
	}
	return nil
}

// complete walks the commands that words name and gives the subcommands, flags or values that begin
// with the last word.
func complete(node *kong.Node, words []string) []string {
	if len(words) == 0 {
		words = []string{""}
	}
	last, before := words[len(words)-1], words[:len(words)-1]
	flag := "" // whose value comes next
	for _, w := range before {
		if flag != "" {
			flag = ""
			continue
		}
		if strings.HasPrefix(w, "--") && !strings.Contains(w, "=") && takesValue(node, w[2:]) {
			flag = w[2:]
		}
		for _, child := range node.Children {
			if child.Name == w {
				node = child
			}
		}
	}
	var all []string
	switch {
	case flag != "":
		all = values(flag)
		if node.Name == "check" && flag == "isa" { // whose kernels are compared, and need not be
			all = append(all, "all", "none")
		}
	case strings.HasPrefix(last, "-"):
		for _, group := range node.AllFlags(true) {
			for _, f := range group {
				all = append(all, "--"+f.Name)
			}
		}
	default:
		for _, child := range node.Children {
			if !child.Hidden {
				all = append(all, child.Name)
			}
		}
		for _, p := range node.Positional {
			all = append(all, values(p.Name)...)
		}
	}
	var found []string
	for _, s := range all {
		if strings.HasPrefix(s, last) {
			found = append(found, s)
		}
	}
	return found
}

func takesValue(node *kong.Node, flag string) bool {
	for _, group := range node.AllFlags(false) {
		for _, f := range group {
			if f.Name == flag {
				return !f.IsBool()
			}
		}
	}
	return false
}

// values are what is known to go with a flag or an argument.
func values(name string) []string {
	var all []string
	switch name {
	case "study", "name":
		for _, s := range study.Builtins() {
			all = append(all, s.Name)
		}
	case "data":
		for _, s := range data.Sources() {
			all = append(all, s.Name)
		}
	case "names":
		all = bench.Names()
	case "isa":
		all = append(all, "auto")
		for _, isa := range kernel.Available() {
			all = append(all, isa.String())
		}
	case "mode":
		all = gradcheck.Modes()
	case "shell":
		all = append(all, "bash", "fish", "zsh")
	}
	return all
}
