import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { childOf, readXml, textAt, XmlError } from "./xml.ts";

test("readXml() reads elements, attributes, text, CDATA and references", () => {
  const text = `\ufeff<?xml version="1.0"?><!-- a > b --><p:a xmlns:p="u" p:k='1 &lt; "2"'>
    <b/>x&#65;&#x42;&amp;&nope;<b c="d">y<![CDATA[<&>]]></b ></p:a>rest`;
  const { root, end, isWhole } = readXml(text);
  assert.ok(isWhole);
  assert.equal(text.slice(end), "rest");
  assert.equal(root.name, "a");
  assert.deepEqual([...root.attributes], [["k", '1 < "2"']]);
  assert.equal(root.text, "xAB&&nope;");
  assert.equal(root.children.length, 2);
  assert.equal(root.children[1]?.text, "y<&>");
  assert.equal(textAt(root, "b"), undefined);
  assert.equal(childOf(root, "b"), root.children[0]);
});

const WHOLE = `<a k="v"><b>1</b><c d="e"/><!-- x --><f><![CDATA[g]]></f></a>`;

test("readXml() gives what was there of a document that is cut anywhere", () => {
  for (let length = 2; length < WHOLE.length; length++) {
    const { root, isWhole } = readXml(WHOLE.slice(0, length));
    assert.equal(root.name, "a");
    assert.equal(isWhole, false);
  }
  assert.equal(textAt(readXml(WHOLE.slice(0, WHOLE.indexOf("<c"))).root, "b"), "1");
});

const REFUSED: readonly (readonly [string, XmlError["code"]])[] = [
  ["", "syntax"],
  ["  ", "syntax"],
  ["a<b/>", "syntax"],
  ["<a></b>", "syntax"],
  ["</a>", "syntax"],
  ["<a b></a>", "syntax"],
  ["<a b=c></a>", "syntax"],
  ["<a ='c'></a>", "syntax"],
  ["<1/>", "syntax"],
  ['<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "doctype"],
  ["<a>".repeat(65), "depth"],
  [`<a>${"<b/>".repeat(65_536)}</a>`, "elements"],
];
for (const [text, code] of REFUSED) {
  test(`readXml() refuses ${JSON.stringify(text.slice(0, 30))} with the code ${code}`, () => {
    assert.throws(() => readXml(text), { name: "XmlError", code });
  });
}

test("readXml() throws nothing but XmlError", () => {
  const words = fc.constantFrom("<", ">", "</", "/>", "a", "b", "=", '"', "'", " ", "&", "#x", ";");
  const more = fc.constantFrom("<!--", "-->", "<![CDATA[", "]]>", "<?", "?>", "<!", "<a>", "</a>");
  fc.assert(
    fc.property(fc.array(fc.oneof(words, more), { maxLength: 40 }), (parts) => {
      try {
        readXml(parts.join(""));
      } catch (error) {
        assert.ok(error instanceof XmlError);
      }
    }),
    { numRuns: 1000 },
  );
});
