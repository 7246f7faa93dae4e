export { type CrossProblem, crossProblems, refuseMisfits } from "./cross-problems";
export type {
    Declared,
    DeclaredBucketUse,
    DeclaredConnector,
    DeclaredJob,
    DeclaredTable,
    DeclaredTopic,
} from "./declared";
export { declaredPinotTable } from "./declared-pinot-table";
