// Another implementation of signed notes, trees and tiles (golang.org/x/mod/sumdb), for
// tlog_go.test.ts. It reads one JSON value and writes one.
//
// "check": what of the given notes and proofs it accepts, an error text each or "".
// "make":  a note, proofs and tiles of a tree of its own.
package main

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"os"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type claim struct {
	Kind string // note, record or tree
	// note
	Note string
	Key  string
	Text string
	// record: leaf N is in the tree of T; tree: the tree of T begins with that of N.
	Proof []tlog.Hash
	T, N  int64
	Root  tlog.Hash
	Hash  tlog.Hash
}

func check(c claim) error {
	switch c.Kind {
	case "note":
		verifier, err := note.NewVerifier(c.Key)
		if err != nil {
			return err
		}
		opened, err := note.Open([]byte(c.Note), note.VerifierList(verifier))
		if err != nil {
			return err
		}
		if opened.Text != c.Text {
			return fmt.Errorf("another text")
		}
		return nil
	case "record":
		return tlog.CheckRecord(c.Proof, c.T, c.Root, c.N, c.Hash)
	case "tree":
		return tlog.CheckTree(c.Proof, c.T, c.Root, c.N, c.Hash)
	}
	return fmt.Errorf("unknown kind %q", c.Kind)
}

type made struct {
	Note, Key, SecretKey string
	Leaves               [][]byte
	Roots                map[int64]tlog.Hash
	Claims               []claim
	Tiles                map[string][]byte
}

type storage []tlog.Hash

func (s storage) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		hashes[i] = s[index]
	}
	return hashes, nil
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

const origin = "go.example/log"

func makeAll(size int64) made {
	secret, key, err := note.GenerateKey(rand.Reader, origin)
	if err != nil {
		panic(err)
	}
	out := made{Key: key, Roots: map[int64]tlog.Hash{}, Tiles: map[string][]byte{}}
	var stored storage
	for n := int64(0); n < size; n++ {
		data := []byte(fmt.Sprintf("entry %d", n))
		out.Leaves = append(out.Leaves, data)
		stored = append(stored, must(tlog.StoredHashes(n, data, stored))...)
	}
	root := must(tlog.TreeHash(size, stored))
	for _, n := range []int64{0, 1, 2, 255, 256, 257, 511, 512, size - 1} {
		proof := must(tlog.ProveRecord(size, n, stored))
		leaf := tlog.RecordHash(out.Leaves[n])
		out.Claims = append(out.Claims, claim{Kind: "record", Proof: proof, T: size, N: n, Root: root, Hash: leaf})
	}
	for _, n := range []int64{1, 2, 255, 256, 257, 512, size - 1, size} {
		proof := must(tlog.ProveTree(size, n, stored))
		old := must(tlog.TreeHash(n, stored))
		out.Roots[n] = old
		out.Claims = append(out.Claims, claim{Kind: "tree", Proof: proof, T: size, N: n, Root: root, Hash: old})
	}
	for _, tile := range tlog.NewTiles(8, 0, size) {
		out.Tiles[tile.Path()] = must(tlog.ReadTileData(tile, stored))
	}
	text := fmt.Sprintf("%s\n%d\n%s\n", origin, size, root)
	out.Note = string(must(note.Sign(&note.Note{Text: text}, must(note.NewSigner(secret)))))
	return out
}

func main() {
	var input struct {
		Check []claim
		Make  int64
		Paths [][3]int64
	}
	if err := json.NewDecoder(os.Stdin).Decode(&input); err != nil {
		panic(err)
	}
	output := struct {
		Verdicts []string
		Made     *made
		Paths    []string
	}{}
	for _, c := range input.Check {
		verdict := ""
		if err := check(c); err != nil {
			verdict = err.Error()
		}
		output.Verdicts = append(output.Verdicts, verdict)
	}
	if input.Make > 0 {
		made := makeAll(input.Make)
		output.Made = &made
	}
	for _, p := range input.Paths {
		output.Paths = append(output.Paths, tlog.Tile{H: 8, L: int(p[0]), N: p[1], W: int(p[2])}.Path())
	}
	if err := json.NewEncoder(os.Stdout).Encode(output); err != nil {
		panic(err)
	}
}
