package cli

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

const rootHelp = `Goldfinch releases software the immutable way: a new version is deployed beside
the old one, gets a little traffic, is judged, and is promoted or taken back.

A release is named by its id, or as the one that runs of SERVICE or SERVICE/ENVIRONMENT.
Every flag can be given as the environment variable that stands beside it.

Exit codes: 0 promoted or done, 1 an error of Goldfinch's own, 2 wrong usage, an
invalid file or an unknown name, 3 rolled-back, 4 aborted, 5 refused, 6 failed-dirty,
7 the wait ended first.`

// rootCommand is the whole command line.
func (s *session) rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:               "goldfinch",
		Short:             "release software by canary, and take it back by itself",
		Long:              rootHelp,
		SilenceErrors:     true,
		SilenceUsage:      true,
		PersistentPreRunE: s.begin,
		Args:              cobra.NoArgs,
		RunE:              func(command *cobra.Command, _ []string) error { return command.Help() },
	}
	root.SetIn(s.environment.Stdin)
	root.SetOut(s.environment.Stdout)
	root.SetErr(s.environment.Stderr)
	s.global.bind(root.PersistentFlags())
	root.AddGroup(
		&cobra.Group{ID: groupStart, Title: "Start a release:"},
		&cobra.Group{ID: groupLook, Title: "Look:"},
		&cobra.Group{ID: groupSteer, Title: "Steer a running release:"},
		&cobra.Group{ID: groupCare, Title: "Take care:"},
		&cobra.Group{ID: groupTry, Title: "Try, and the rest:"},
	)
	add := func(group string, commands ...*cobra.Command) {
		for _, command := range commands {
			command.GroupID = group
			root.AddCommand(command)
		}
	}
	add(groupStart, s.initCommand(), s.validateCommand(), s.planCommand(), s.simulateCommand(), s.deployCommand())
	add(groupLook, s.statusCommand(), s.watchCommand(), s.waitCommand(), s.listCommand(), s.historyCommand(), s.replayCommand(), s.backtestCommand())
	add(groupSteer, s.promoteCommand(), s.approveCommand(), s.rejectCommand(), s.pauseCommand(), s.resumeCommand(), s.abortCommand())
	add(groupCare, s.rollbackCommand(), s.lockCommand(), s.unlockCommand(), s.doctorCommand(), s.driftCommand(), s.imagesCommand())
	add(groupTry, s.demoCommand(), s.judgeCommand(), s.localCommand(), s.schemaCommand(), s.versionCommand())
	root.SetHelpCommandGroupID(groupTry)
	root.SetCompletionCommandGroupID(groupTry)
	nameVariables(root)
	return root
}

// The groups that help shows verbs in.
const (
	groupStart = "start"
	groupLook  = "look"
	groupSteer = "steer"
	groupCare  = "care"
	groupTry   = "try"
)

// nameVariables writes the variable of each flag into its help.
func nameVariables(command *cobra.Command) {
	name := func(flag *pflag.Flag) {
		if hasVariable(flag) {
			flag.Usage += " [$" + variable(flag.Name) + "]"
		}
	}
	command.PersistentFlags().VisitAll(name)
	command.LocalNonPersistentFlags().VisitAll(name)
	for _, child := range command.Commands() {
		nameVariables(child)
	}
}
