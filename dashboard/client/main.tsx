import { render } from "preact";
import { App } from "./app";
import { startRefreshing } from "./state";
import "./style.css";

const place = document.getElementById("app");
if (place !== null) {
    startRefreshing();
    render(<App />, place);
}
