// The abort codes of Move source, for clients that tell people what went wrong.

// A constant named E..., of type u64, with the doc comment above it.
const CODE = /((?:^[ \t]*\/\/\/.*\n)*)^[ \t]*const (E[A-Z]\w*): u64 = (\d+);/gm;
const MODULE = /^module \w+::(\w+)/m;

/** The abort codes of one file: [{module, code, name, meaning}], where meaning is the first sentence of the doc comment. */
export function abortsOf(source) {
  const module = MODULE.exec(source)?.[1];
  return [...source.matchAll(CODE)].map(([, doc, name, code]) => ({ module, code: Number(code), name, meaning: firstSentence(doc) }));
}

function firstSentence(doc) {
  const text = doc.replace(/^[ \t]*\/\/\/ ?/gm, "").trim().replace(/\s+/g, " ");
  return /^.*?[.](?= |$)/.exec(text)?.[0] ?? text;
}
