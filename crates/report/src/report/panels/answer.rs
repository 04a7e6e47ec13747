//! The answer first: plain sentences with numbers, and a card for each kind of work.

use maud::{Markup, html};

use super::{model, nothing};
use crate::report::advice::{Advice, Over, Rated, advice};
use crate::report::answer::{SAME, Subject, WORTH, answer};
use crate::report::format::{self, Unit};
use crate::report::svg::icon;
use crate::report::text::{t, tf};
use crate::report::{Panel, View};
use crate::stats::equivalent;

pub(super) const PANEL: Panel = Panel { id: "answer", title: "The answer", draw };

fn draw(view: &View) -> Markup {
    let all = advice(view);
    html! {
        dl.answer {
            @for line in answer(view) {
                div {
                    dt { (sign(line.subject)) (t(line.subject.name())) }
                    dd { @for sentence in &line.sentences { (sentence.markup()) " " } }
                }
            }
        }
        @if all.is_empty() {
            (nothing("Nothing was measured against serial, so there is nothing to advise."))
        } @else {
            details {
                summary { (t("More on each kind of work: who is as fast, memory, exceptions")) }
                div.cards { @for advice in &all { (card(advice)) } }
            }
        }
    }
}

fn sign(subject: Subject) -> Markup {
    html! {
        @if let Subject::Instrument(fit) = subject { (icon(fit.map_or("unsure", |fit| if fit { "yes" } else { "no" }))) " " }
    }
}

fn card(advice: &Advice) -> Markup {
    html! {
        article.card {
            h3 { (t(advice.group.title())) }
            p.kernels { (advice.kernels.join(", ")) }
            @if let Some(best) = advice.free.first() {
                @if best.speedup.value < WORTH { p { (tf("Nothing beats doing it serially: the best is {0}.", &[&rated(best)])) } }
                @else { (winner(&advice.free)) }
            }
            @if let Some(best) = Advice::recommended(&advice.locked) {
                @let words = match (best.speedup.value < WORTH, best.model) {
                    (true, _) => "nothing beats doing it serially: the best is {0}.",
                    (false, "processes") => "the choice is {0}, each with a lock of its own.",
                    (false, _) => "the choice is {0}.",
                };
                p { b { (t("Under a global lock")) } " " (tf(words, &[&rated(&best)])) }
            }
            @if let Some(cost) = &advice.lock_cost { (lock(cost)) }
            @if !advice.exceptions.is_empty() { (exceptions(advice)) }
        }
    }
}

/// What threads pay for the lock.
fn lock(cost: &Over) -> Markup {
    let words = match &cost.estimate {
        cost if equivalent(cost, SAME) => {
            "The lock costs next to nothing: at equal workers, threads under it take {0} the time of threads without it."
        }
        cost if cost.is_above(1.0) || cost.is_below(1.0) => {
            "At equal workers, threads under the lock take {0} the time of threads without it."
        }
        _ => {
            "What the lock costs differs too much from kernel to kernel to be told: at equal workers, threads under it \
             take {0} the time of threads without it."
        }
    };
    let number = html! {
        b { (format::quantity(cost.estimate.value, Unit::Ratio)) } " " small { (cost.spread()) }
    };
    html! { p { (tf(words, &[&number])) } }
}

/// The recommended model as a headline, who is as fast, and which of them is cheap.
fn winner(free: &[Rated]) -> Markup {
    let equals = Advice::as_fast(free);
    let Some(best) = equals.first() else { return html! {} };
    html! {
        p.headline { (model(best.model)) b { (format::quantity(best.speedup.value, Unit::Ratio)) }
            small { (best.over().spread()) } }
        @if equals.len() > 1 {
            p { (tf("As fast, within 5 % of the best: {0}.", &[&html! { @for (at, one) in equals[1..].iter().enumerate() {
                @if at > 0 { ", " } (model(one.model)) " " (format::quantity(one.speedup.value, Unit::Ratio))
            } }])) }
        } @else if let Some(next) = free.get(1) {
            p { (tf("Next is {0}.", &[&rated(next)])) }
        }
        @if let Some((least, most)) = Advice::cheapest(free) { (cheap(&least, &most)) }
    }
}

fn cheap(least: &Rated, most: &Rated) -> Markup {
    let memory = |rated: &Rated| format::bytes(rated.memory.unwrap_or(0.0));
    html! {
        p {
            (tf("Of these, {0} takes least memory: {1} per worker, against {2} for {3}.", &[
                &model(least.model), &memory(least), &memory(most), &model(most.model),
            ]))
            @if let (Some(quick), Some(slow)) = (least.start, most.start) {
                " " (tf("A worker of theirs is ready after {0}, against {1}.", &[&format::time(quick), &format::time(slow)]))
            }
        }
    }
}

fn rated(rated: &Rated) -> Markup {
    html! {
        (model(rated.model)) " " b { (format::quantity(rated.speedup.value, Unit::Ratio)) } " "
        small { (rated.over().spread()) }
    }
}

fn exceptions(advice: &Advice) -> Markup {
    html! {
        p { (t("Exceptions:")) " " @for (at, (kernel, other, times)) in advice.exceptions.iter().enumerate() {
            @if at > 0 { "; " }
            (tf("{0}, where {1} is {2} as fast", &[
                &html! { b { (kernel) } }, &model(other), &format::quantity(*times, Unit::Ratio),
            ]))
        } "." }
    }
}
