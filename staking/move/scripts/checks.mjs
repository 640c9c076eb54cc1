// Rules that the compiler does not check. Each function takes a file's path and source and returns messages.
import { argument, parse, resolve } from "./source.mjs";

// Macros whose expansion is the same with the real framework: the first is the compiler's, the second a literal.
const ALLOWED_MACROS = new Set(["assert", "max_value"]);

/** All rules of a file under sources/. `ownMacros` are the names of macros that the package itself defines. */
export function checkSource(path, source, ownMacros = new Set()) {
  const file = parse(source);
  return [
    ...checkRandom(path, file),
    ...checkMacros(path, file, ownMacros),
    ...checkNoTests(path, file),
    ...checkExpectedFailures(path, file),
  ];
}

/** All rules of a file under tests/. */
export function checkTest(path, source) {
  return checkExpectedFailures(path, parse(source));
}

/** Names of the macros that a file defines. */
export function macrosOf(source) {
  return parse(source).modules.flatMap((m) => m.functions.filter((f) => f.macro).map((f) => f.name));
}

// Whoever can call a function that draws randomness can abort when the outcome is not liked. Only a private entry function
// cannot be called by other functions, and Sui lets no command that could abort follow it in a transaction.
function checkRandom(path, file) {
  const messages = [];
  for (const module of file.modules) {
    for (const fun of module.functions) {
      if (module.testOnly || fun.testOnly) continue;
      if (!names(module, fun.parameters, "Random")) continue;
      if (fun.visibility === "private" && fun.entry && !fun.macro) continue;
      messages.push(
        `${path}:${fun.line}: ${fun.name} takes Random and is not a private entry function: make it \`entry fun\` without \`public\``,
      );
    }
  }
  return messages;
}

// Whether tokens name a type of sui::random, under whatever name it was imported.
function names(module, list, type) {
  return list.some((token, i) => {
    if (token.kind !== "ident") return false;
    if (token.text === type) return true;
    const imported = module.imports.get(token.text);
    return imported?.at(-1) === type && list[i - 1]?.text !== "::" && list[i + 1]?.text !== ":";
  });
}

// Macros of the framework are expanded into our bytecode. Ours are written differently, so the bytecode would differ from
// what the real framework gives.
function checkMacros(path, file, ownMacros) {
  const messages = [];
  const { tokens } = file;
  const testRanges = testOnlyRanges(file);
  for (let i = 1; i < tokens.length - 1; i++) {
    const [name, bang, next] = [tokens[i - 1], tokens[i], tokens[i + 1]];
    if (bang.text !== "!" || name.kind !== "ident" || name.end !== bang.start) continue;
    if (next.text !== "(" && next.text !== "<" && next.text !== "{") continue;
    if (ALLOWED_MACROS.has(name.text) || ownMacros.has(name.text)) continue;
    if (testRanges.some((r) => r.start <= name.start && name.start < r.end)) continue;
    const line = file.source.slice(0, name.start).split("\n").length;
    messages.push(`${path}:${line}: macro ${name.text}! of the framework outside tests: write the loop or call a function`);
  }
  return messages;
}

// From each test-only function to the next function.
function testOnlyRanges(file) {
  const functions = file.modules.flatMap((m) => m.functions.map((f) => ({ ...f, testOnly: f.testOnly || m.testOnly })));
  return functions.flatMap((f, i) => {
    if (!f.testOnly) return [];
    const end = functions[i + 1] ? file.tokens[functions[i + 1].bodyStart]?.start : file.source.length;
    return [{ start: file.tokens[f.bodyStart].start, end }];
  });
}

// Tests under sources/ would run once in every process.
function checkNoTests(path, file) {
  return file.modules.flatMap((m) =>
    m.functions
      .filter((f) => f.attributes.some((a) => a.name === "test" || a.name === "random_test"))
      .map((f) => `${path}:${f.line}: test ${f.name} belongs under tests/`),
  );
}

// A bare expected_failure also passes when the package does not link, and one without a location when something else fails.
function checkExpectedFailures(path, file) {
  const messages = [];
  for (const module of file.modules) {
    for (const fun of module.functions) {
      for (const attribute of fun.attributes) {
        if (attribute.name === "random_test") {
          messages.push(`${path}:${fun.line}: ${fun.name} is a random test, which may pass today and fail tomorrow`);
        }
        if (attribute.name !== "expected_failure") continue;
        const code = argument(attribute, "abort_code");
        const vmError = attribute.args.some((t) => t.text === "arithmetic_error" || t.text === "vector_error");
        if (!(code || vmError) || !argument(attribute, "location")) {
          messages.push(`${path}:${fun.line}: ${fun.name} expects a failure without saying both abort_code and location`);
        } else if (!resolve(module, argument(attribute, "location")).length) {
          messages.push(`${path}:${fun.line}: ${fun.name} has an empty location`);
        }
      }
    }
  }
  return messages;
}
