export {
    type Check,
    type CheckSet,
    type CheckUnit,
    type PinotStore,
    type SqlStore,
    type StateCheckSet,
    type StateComparison,
    type StateFindings,
    type StateLine,
    type StateSources,
    StoreError,
    type Stores,
} from "./check-set";
export {
    LEDGER_TOPIC,
    LEDGER_TOPIC_CONFIG,
    type LedgerGroups,
    type LedgerSnapshot,
    ledgerKey,
    parseSnapshot,
    RUN_ID,
} from "./snapshot";
