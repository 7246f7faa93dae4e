// Plain JavaScript: what runs policy packs would compile TypeScript with settings of its own, and check all of it each time.
require("../resources/load-provider.js").loadProvider("../policy/pack", "pack");
