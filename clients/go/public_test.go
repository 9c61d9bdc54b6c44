package vecstore_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	vecstore "github.com/vecstore/client-go"
	"github.com/vecstore/client-go/internal/servertest"
)

// TestNoGeneratedTypeIsPublic: what the schema generates may change with its generator.
func TestNoGeneratedTypeIsPublic(t *testing.T) {
	t.Parallel()
	files := token.NewFileSet()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	declarations := 0
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(files, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.FileExports(file)
		for _, declaration := range file.Decls {
			declarations++
			if function, ok := declaration.(*ast.FuncDecl); ok {
				function.Body = nil
			}
			ast.Inspect(declaration, func(node ast.Node) bool {
				selector, ok := node.(*ast.SelectorExpr)
				if !ok {
					return true
				}
				switch origin, _ := selector.X.(*ast.Ident); origin.String() {
				case "pb", "vecstorev1connect", "connect", "structpb", "timestamppb", "protoreflect", "proto":
					t.Errorf("%v: %s.%s is public", files.Position(node.Pos()), origin, selector.Sel)
				}
				return true
			})
		}
	}
	if declarations < 100 {
		t.Errorf("there are %d public declarations only", declarations)
	}
}

func TestTheVersionIsThatOfTheRepository(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join(servertest.Repository(t), "package.json"))
	if err != nil {
		t.Fatal(err)
	}
	var root struct {
		Version string `json:"version"`
	}
	if err := json.Unmarshal(data, &root); err != nil {
		t.Fatal(err)
	}
	if root.Version != vecstore.Version {
		t.Errorf("version.go says %s, package.json %s; they share the number", vecstore.Version, root.Version)
	}
}

const smoke = `package main

import (
	"context"
	"fmt"
	"os"

	vecstore "github.com/vecstore/client-go"
)

func main() {
	ctx := context.Background()
	client := vecstore.NewClient(os.Args[1])
	if _, err := client.Upsert(ctx, []vecstore.Record{{ID: "a", Vector: []float32{0.1, 0.2, 0.3}}}); err != nil {
		panic(err)
	}
	results, err := client.Query(ctx, []float32{0.1, 0.2, 0.3}, 10)
	if err != nil {
		panic(err)
	}
	fmt.Println(len(results), results[0].ID)
}
`

// TestTheModuleWorksInAnEmptyProject: a copy of the module, and a project that has nothing but it.
func TestTheModuleWorksInAnEmptyProject(t *testing.T) {
	t.Parallel()
	server := servertest.Start(t)
	copied, project := t.TempDir(), t.TempDir()
	if err := os.CopyFS(copied, os.DirFS(".")); err != nil {
		t.Fatal(err)
	}
	sums, err := os.ReadFile("go.sum")
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{"main.go": smoke, "go.sum": string(sums)} {
		if err := os.WriteFile(filepath.Join(project, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run := func(arguments ...string) string {
		command := exec.Command("go", arguments...)
		command.Dir = project
		output, err := command.CombinedOutput()
		if err != nil {
			t.Fatalf("go %v: %v\n%s", arguments, err, output)
		}
		return string(output)
	}
	run("mod", "init", "example.com/smoke")
	run("mod", "edit", "-require=github.com/vecstore/client-go@v0.0.0", "-replace=github.com/vecstore/client-go="+copied)
	if got := run("run", "-mod=mod", ".", server.Address); got != "1 a\n" {
		t.Errorf("it printed %q", got)
	}
}
