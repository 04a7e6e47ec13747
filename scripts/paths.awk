# Prints `file:line:name` for every name that Rust code reaches from its crate's root: `kernel` for `crate::kernel::Bound`,
# for `use crate::{kernel::Bound, run}` over any number of lines, and for `super::super::kernel` where that is the same.
# Comments and what stands between quotation marks are left out.

FNR == 1 {
    level = 0; base[0] = -1; fresh = 1; separated = 0; climbed = -1
    # Modules between the file and the crate's root: src/a/mod.rs has 1, src/a/b.rs and src/a/b/mod.rs have 2.
    depth = split(FILENAME, parts, "/") - 1 - (FILENAME ~ /\/mod\.rs$/)
}

{
    line = $0
    gsub(/'\\?"'/, "", line)
    gsub(/"([^"\\]|\\.)*"/, "", line)
    sub(/\/\/.*/, "", line)
    while (match(line, /[A-Za-z_][A-Za-z0-9_]*|::|[^ \t]/)) {
        token(substr(line, RSTART, RLENGTH))
        line = substr(line, RSTART + RLENGTH)
    }
}

# `climbed`: how many modules the path has gone up so far; -1 once it names something, or before it begins.
# `base`: the same for the path in front of each open brace. `fresh`: at the beginning of a path in such a brace.
function token(text) {
    if (text ~ /^[A-Za-z_]/) {
        if (!separated) climbed = fresh && base[level] >= 0 ? base[level] : text ~ /^(super|self|crate)$/ ? 0 : -1
        if (text == "crate") climbed = depth
        else if (text == "super" && climbed >= 0) climbed++
        else if (text != "self" || separated || fresh && base[level] >= 0) name(text)
        fresh = separated = 0
    } else if (text == "::") {
        separated = 1
    } else if (text == ":" ) {
        fresh = separated = 0
    } else if (text == "{") {
        base[++level] = separated ? climbed : -1
        fresh = 1; separated = 0
    } else if (text == "}") {
        if (level > 0) level--
        fresh = separated = 0
    } else if (text == ",") {
        fresh = 1; separated = 0
    } else {
        if (text == "*" && (separated || fresh && base[level] >= 0)) {
            if (!separated) climbed = base[level]
            name(text)
        }
        fresh = separated = 0
    }
}

function name(text) {
    if (climbed >= depth) print FILENAME ":" FNR ":" text
    climbed = -1
}
