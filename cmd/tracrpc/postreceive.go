package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

const (
	// streamURL is where GitPubSub's own hooks post to.
	streamURL = "http://127.0.0.1:2069/json"
	// mostCommits is how many commits of one push are told of: the newest.
	mostCommits = 100
	// postTimeout is how long a push may be kept waiting for one post.
	postTimeout = 10 * time.Second
	// longestCommit bounds what is posted of one commit, in bytes.
	longestCommit = 64 << 10
)

// runPostReceive tells an event stream of commits, as the hooks of GitPubSub do:
// as git's hook post-receive, with the lines that git writes to it, or with the
// arguments of GitPubSub's own script.
func runPostReceive(ctx context.Context, std streams, args []string) error {
	rest, err := parseFlags(flag.NewFlagSet("post-receive", flag.ContinueOnError), args, 0, 4)
	if err != nil {
		return err
	}
	hook := &postReceive{url: streamURL, client: &http.Client{Timeout: postTimeout}}
	if len(rest) == 1 || len(rest) == 4 {
		hook.url, rest = rest[0], rest[1:]
	}
	switch len(rest) {
	case 0:
		return hook.all(ctx, std.in)
	case 3:
		return hook.ref(ctx, rest[0], rest[1], rest[2:])
	}
	return fmt.Errorf("post-receive: want OLD NEW REF, or lines with them on the standard input; %w", errUsage)
}

// postReceive posts commits.
type postReceive struct {
	url    string
	client *http.Client
}

// commit is what GitPubSub's subscribers get. A merge alone has Merge, and a ref
// that is gone has neither an author nor a date.
type commit struct {
	Repository string   `json:"repository"`
	Ref        string   `json:"ref"`
	Hash       string   `json:"hash"`
	ShortHash  string   `json:"shortHash"`
	Project    string   `json:"project"`
	Author     string   `json:"author,omitempty"`
	Email      string   `json:"email,omitempty"`
	Date       string   `json:"date,omitempty"`
	Merge      string   `json:"merge,omitempty"`
	Log        string   `json:"log"`
	Files      []string `json:"files"`
	Changes    string   `json:"changes"`
}

// all tells of each line that git writes: OLD NEW REF. One that cannot be told of
// does not keep the others back.
func (p *postReceive) all(ctx context.Context, lines io.Reader) error {
	var updates [][]string
	var refs []string
	for scanner := bufio.NewScanner(lines); scanner.Scan(); {
		words := strings.SplitN(scanner.Text(), " ", 3)
		if len(words) != 3 {
			return fmt.Errorf("post-receive: %q is not OLD NEW REF", scanner.Text())
		}
		updates, refs = append(updates, words), append(refs, words[2])
	}
	var failed error
	for i, words := range updates {
		failed = errors.Join(failed, p.ref(ctx, words[0], words[1], refs[i:]))
	}
	return failed
}

// ref tells of what was pushed to the first of refs, the oldest commit first.
// Nothing has been told yet of what is in the others.
func (p *postReceive) ref(ctx context.Context, before, after string, refs []string) error {
	if strings.Trim(after, "0") == "" {
		return p.post(ctx, commit{Ref: refs[0], Hash: after})
	}
	hashes, err := newCommits(ctx, before, after, refs)
	if err != nil {
		return fmt.Errorf("post-receive: %w", err)
	}
	for _, hash := range hashes {
		c, err := readCommit(ctx, hash)
		if err != nil {
			return fmt.Errorf("post-receive: %w", err)
		}
		c.Ref = refs[0]
		if err := p.post(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

// newCommits are the commits that came with a push; of a new ref those that are in
// none but these, or else the one that it points to.
func newCommits(ctx context.Context, before, after string, refs []string) ([]string, error) {
	args := []string{"rev-list", "--reverse", fmt.Sprintf("--max-count=%d", mostCommits), after}
	if strings.Trim(before, "0") != "" {
		args = append(args, "^"+before)
	} else {
		args = append(args, "--not")
		for _, ref := range refs {
			args = append(args, "--exclude="+ref)
		}
		args = append(args, "--all")
	}
	text, err := git(ctx, args...)
	if err != nil {
		return nil, err
	}
	if hashes := strings.Fields(text); len(hashes) > 0 {
		return hashes, nil
	}
	text, err = git(ctx, "rev-parse", "--verify", after+"^{commit}")
	return strings.Fields(text), err
}

func git(ctx context.Context, args ...string) (string, error) {
	command := exec.CommandContext(ctx, "git", args...)
	var complaint bytes.Buffer
	command.Stderr = &complaint
	output, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("git %s: %w: %s", args[0], err, strings.TrimSpace(complaint.String()))
	}
	return string(output), nil
}

// readCommit asks git about a commit. What git answers ends in the names of the
// files.
func readCommit(ctx context.Context, hash string) (commit, error) {
	text, err := git(ctx, "show", "--name-only", "-z", "--format=%an%x00%ae%x00%ad%x00%p%x00%B%x00", hash)
	if err != nil {
		return commit{}, err
	}
	parts := strings.Split(text, "\x00")
	const head = 5
	if len(parts) < head {
		return commit{}, fmt.Errorf("git show %s: %q", hash, text)
	}
	c := commit{Hash: hash, Author: parts[0], Email: parts[1], Date: parts[2], Log: strings.TrimRight(parts[4], "\n")}
	if strings.Contains(parts[3], " ") {
		c.Merge = parts[3]
	}
	for _, file := range parts[head:] {
		if file = strings.TrimPrefix(file, "\n"); file != "" {
			c.Files = append(c.Files, file)
		}
	}
	return c, nil
}

// post sends a commit to the stream.
func (p *postReceive) post(ctx context.Context, c commit) error {
	line, err := c.line()
	if err != nil {
		return fmt.Errorf("post-receive: %w", err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url, bytes.NewReader(line))
	if err != nil {
		return fmt.Errorf("post-receive: %w", err)
	}
	r.Header.Set("Content-Type", "application/json")
	response, err := p.client.Do(r)
	if err != nil {
		return fmt.Errorf("post-receive: commit %s is not published: %w", c.Hash, err)
	}
	defer response.Body.Close() // nothing more is wanted of it
	if response.StatusCode/100 != 2 {
		text, _ := io.ReadAll(io.LimitReader(response.Body, 500)) // the status is error enough
		return fmt.Errorf("post-receive: commit %s is not published: %s: %s", c.Hash, response.Status, strings.TrimSpace(string(text)))
	}
	return nil
}

// line is the commit as GitPubSub's hooks post it. The log and the list of files
// are cut when they are too long; changes says how many files there are.
func (c commit) line() ([]byte, error) {
	c.Repository, c.ShortHash = "git", c.Hash[:min(len(c.Hash), 7)]
	if c.Changes = fmt.Sprintf("%d files", len(c.Files)); len(c.Files) == 1 {
		c.Changes = c.Files[0]
	}
	if c.Files == nil {
		c.Files = []string{}
	}
	var err error
	if c.Project, err = project(); err != nil {
		return nil, err
	}
	for {
		var b bytes.Buffer
		encoder := json.NewEncoder(&b)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(map[string]commit{"commit": c}); err != nil {
			return nil, err
		}
		if b.Len() <= longestCommit || len(c.Files)+len(c.Log) == 0 {
			return b.Bytes(), nil
		}
		c.Files, c.Log = c.Files[:len(c.Files)/2], strings.ToValidUTF8(c.Log[:len(c.Log)/2], "")
	}
}

// project is what the repository is called: by its folder, in which git runs a
// hook.
func project() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	if filepath.Base(dir) == ".git" {
		dir = filepath.Dir(dir)
	}
	return filepath.Base(dir), nil
}
