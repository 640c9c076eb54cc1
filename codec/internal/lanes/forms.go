package lanes

// forms is what this machine can run, the fastest first.
var forms = []Form{generic}

var generic = Form{name: "generic", sum: sumGeneric, pairs: pairsGeneric}
