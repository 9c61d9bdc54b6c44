// Command reference prints the reference of the package in the working directory, with its examples, as a page of HTML.
package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"go/ast"
	"go/doc"
	"go/format"
	"go/parser"
	"go/printer"
	"go/token"
	"html/template"
	"os"
	"path/filepath"
	"strings"
)

const (
	importPath = "github.com/vecstore/client-go"
	// Where other packages are read.
	otherPackages = "https://pkg.go.dev"
)

//go:embed page.html
var layout string

func main() {
	page, err := render(".")
	if err == nil {
		_, err = os.Stdout.Write(page)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// render makes the page of the package in a folder.
func render(folder string) ([]byte, error) {
	files := token.NewFileSet()
	pkg, err := read(files, folder)
	if err != nil {
		return nil, err
	}
	prose := pkg.Printer()
	prose.DocLinkBaseURL = otherPackages
	functions := template.FuncMap{
		"prose": func(text string) template.HTML {
			return template.HTML(prose.HTML(pkg.Parser().Parse(text))) //nolint:gosec // The printer escapes it.
		},
		"code":    func(node ast.Node) (string, error) { return source(files, node) },
		"example": func(example *doc.Example) (string, error) { return exampleSource(files, example) },
	}
	page, err := template.New("page").Funcs(functions).Parse(layout)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := page.Execute(&out, pkg); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// read parses the files of a package, those of its examples too.
func read(files *token.FileSet, folder string) (*doc.Package, error) {
	paths, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		return nil, err
	}
	parsed := make([]*ast.File, 0, len(paths))
	for _, path := range paths {
		file, err := parser.ParseFile(files, path, nil, parser.ParseComments)
		if err != nil {
			return nil, err
		}
		parsed = append(parsed, file)
	}
	return doc.NewFromFiles(files, parsed, importPath)
}

// source is the text of a declaration.
func source(files *token.FileSet, node any) (string, error) {
	var out bytes.Buffer
	err := format.Node(&out, files, node)
	return out.String(), err
}

// exampleSource is the text of an example, without the braces around it and their indentation.
func exampleSource(files *token.FileSet, example *doc.Example) (string, error) {
	text, err := source(files, &printer.CommentedNode{Node: example.Code, Comments: example.Comments})
	if _, ok := example.Code.(*ast.BlockStmt); !ok {
		return text, err
	}
	text = strings.TrimSuffix(strings.TrimPrefix(text, "{"), "}")
	return strings.TrimSpace(strings.ReplaceAll(text, "\n\t", "\n")), err
}
