package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"

	"github.com/goldfinch-dev/goldfinch/internal/operator"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// requestOptions are what deploy and plan can change of a release file.
type requestOptions struct {
	environment string
	from        string
	again       bool
	reason      string
	label       string
	port        int
}

func (o *requestOptions) bind(flags *pflag.FlagSet) {
	flags.StringVar(&o.environment, "environment", "", "release to this environment instead of the file's")
	flags.StringVar(&o.from, "from", "", "take the artifact of this promoted release onward; without FILE, its whole document")
	flags.BoolVar(&o.again, "again", false, "release an artifact that was rolled back before; needs --reason")
	flags.StringVar(&o.reason, "reason", "", "why; kept in the ledger")
	flags.StringVar(&o.label, "label", "", "what people call the artifact; default: the package's file name")
	flags.IntVar(&o.port, "port", 0, "with --local: where functions answer, when the local process is started; default 9400")
}

// request reads what is to be released, connects, and stores the package and the template that
// the document names on this machine.
func (s *session) request(ctx context.Context, connection Connection, arguments []string, options requestOptions) (operator.Operator, release.Document, error) {
	if options.again && options.reason == "" {
		return nil, release.Document{}, usage("--again needs --reason: say why an artifact that was rolled back is released once more")
	}
	document, err := s.requested(arguments, options)
	if err != nil {
		return nil, release.Document{}, s.refuseFile(err)
	}
	if err := s.fitsLocalCloud(document.Target.Kind()); err != nil {
		return nil, release.Document{}, err
	}
	if connection, err = s.locate(connection, directoryOf(arguments), document.Environment); err != nil {
		return nil, release.Document{}, err
	}
	asked, err := s.environment.Operator(ctx, connection)
	if err != nil {
		return nil, release.Document{}, err
	}
	if options.from == "" {
		if document.Artifact, err = s.upload(ctx, asked, document.Artifact); err != nil {
			return nil, release.Document{}, err
		}
	}
	if records := document.Target.Route53; records != nil {
		if records.Template, err = s.uploadTemplate(ctx, asked, records.Template); err != nil {
			return nil, release.Document{}, err
		}
	}
	return asked, document, nil
}

// requested is the document that the arguments and options ask for.
func (s *session) requested(arguments []string, options requestOptions) (release.Document, error) {
	change := func(document *release.Document) {
		if options.environment != "" {
			document.Environment = options.environment
		}
		document.Request = release.Request{
			By:     s.environment.Actor,
			Reason: options.reason,
			Label:  options.label,
			Again:  options.again,
			From:   strings.ToUpper(options.from),
		}
		if options.label == "" && options.from == "" {
			document.Request.Label = labelOf(document.Artifact)
		}
	}
	if options.from != "" && len(arguments) == 0 {
		if options.environment == "" {
			return release.Document{}, usage("--from without FILE needs --environment: say which environment takes the artifact")
		}
		var document release.Document
		change(&document)
		return document, nil
	}
	document, _, err := s.read(fileArgument(arguments), change)
	return document, err
}

// labelOf is what people call an artifact that has no label: the name of its file.
func labelOf(artifact release.Artifact) string {
	if artifact.Package == "" {
		return ""
	}
	return strings.TrimSuffix(filepath.Base(artifact.Package), ".zip")
}

// upload stores a package that is a file on this machine, found from the
// working directory; any other artifact stays as it is.
func (s *session) upload(ctx context.Context, asked operator.Operator, artifact release.Artifact) (release.Artifact, error) {
	if artifact.Package == "" || strings.HasPrefix(artifact.Package, "s3://") {
		return artifact, nil
	}
	file, err := os.Open(artifact.Package)
	if errors.Is(err, fs.ErrNotExist) {
		return artifact, usage(fmt.Sprintf("artifact: there is no file %s; a package is found from the directory that goldfinch runs in", artifact.Package))
	}
	if err != nil {
		return artifact, fmt.Errorf("read the artifact: %w", err)
	}
	defer file.Close()
	stored, err := asked.Upload(ctx, artifact.Package, file)
	if err != nil {
		return artifact, err
	}
	if artifact.SHA256 != "" && !strings.EqualFold(artifact.SHA256, stored.SHA256) {
		return artifact, usage(fmt.Sprintf("artifact: %s has SHA-256 %s, and the release file says %s", artifact.Package, stored.SHA256, artifact.SHA256))
	}
	return stored, nil
}

// uploadTemplate stores a template that is a file on this machine, found from the working directory as packages are.
func (s *session) uploadTemplate(ctx context.Context, asked operator.Operator, template string) (location string, err error) {
	if template == "" || strings.HasPrefix(template, "s3://") {
		return template, nil
	}
	file, err := os.Open(template)
	if errors.Is(err, fs.ErrNotExist) {
		return "", usage(fmt.Sprintf("target.route53.template: there is no file %s; a template is found from the directory that goldfinch runs in", template))
	}
	if err != nil {
		return "", fmt.Errorf("read the template: %w", err)
	}
	defer file.Close()
	return asked.UploadTemplate(ctx, template, file)
}
