// Tokens of Move source, enough to find attributes, functions and paths without being fooled by comments and strings.

const KINDS = [
  ["space", /\s+/y],
  ["comment", /\/\/[^\n]*/y],
  ["string", /[bx]?"(?:\\.|[^"\\])*"/ys],
  ["ident", /\$?[A-Za-z_][A-Za-z0-9_]*|`[A-Za-z_][A-Za-z0-9_]*`/y],
  ["number", /[0-9][0-9A-Za-z_]*/y],
  ["punct", /::|[^\s]/y],
];

/** Splits source into tokens {kind, text, start, end}, without space and comments. */
export function tokens(source) {
  const found = [];
  let at = 0;
  while (at < source.length) {
    if (source.startsWith("/*", at)) {
      at = endOfBlockComment(source, at);
      continue;
    }
    for (const [kind, pattern] of KINDS) {
      pattern.lastIndex = at;
      const match = pattern.exec(source);
      if (!match) continue;
      const end = at + match[0].length;
      if (kind !== "space" && kind !== "comment") found.push({ kind, text: match[0], start: at, end });
      at = end;
      break;
    }
  }
  return found;
}

// Block comments nest.
function endOfBlockComment(source, start) {
  let depth = 0;
  let at = start;
  do {
    if (source.startsWith("/*", at)) {
      depth++;
      at += 2;
    } else if (source.startsWith("*/", at)) {
      depth--;
      at += 2;
    } else {
      at++;
    }
  } while (depth > 0 && at < source.length);
  return at;
}

const CLOSERS = { "(": ")", "[": "]", "{": "}", "<": ">" };

/** Index of the token that closes the bracket at index `open`, or the number of tokens if nothing does. */
export function closing(list, open) {
  const opener = list[open].text;
  const closer = CLOSERS[opener];
  let depth = 0;
  for (let i = open; i < list.length; i++) {
    if (list[i].text === opener) depth++;
    else if (list[i].text === closer && --depth === 0) return i;
  }
  return list.length;
}

/** Line, from 1, of a position in source. */
export function line(source, position) {
  return source.slice(0, position).split("\n").length;
}
