//! Plain texts in both languages: what is no markup, because it stands in an attribute or in a picture.

use maud::{Markup, Render, html};

use super::{CHINESE, chinese};
use crate::report::format;

/// A text in English, and in Chinese where that is another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::report) struct Plain {
    /// In English.
    pub(in crate::report) en: String,
    /// In Chinese, unless it is the same: a name, a number.
    pub(in crate::report) zh: Option<String>,
}

/// What a plain text can be made of.
pub(in crate::report) trait Say {
    /// As it stands in a text in English, or in Chinese.
    fn said(&self, in_chinese: bool) -> String;
}

macro_rules! the_same_in_both {
    ($($kind:ty),*) => { $(
        impl Say for $kind {
            fn said(&self, _: bool) -> String {
                self.to_string()
            }
        }
    )* };
}
the_same_in_both!(String, &str, &String, usize, u32, u64);

impl Say for Plain {
    fn said(&self, in_chinese: bool) -> String {
        self.zh.as_ref().filter(|_| in_chinese).unwrap_or(&self.en).clone()
    }
}

impl Plain {
    /// A text that is the same in both languages.
    pub(in crate::report) fn same(text: impl Into<String>) -> Self {
        Self { en: text.into(), zh: None }
    }

    /// Several texts in one.
    pub(in crate::report) fn join(texts: impl IntoIterator<Item = Self>, between: &str) -> Self {
        let (mut all, mut differs) = (vec![], false);
        for text in texts {
            differs |= text.zh.is_some();
            all.push(text);
        }
        let said = |in_chinese| all.iter().map(|text| text.said(in_chinese)).collect::<Vec<_>>().join(between);
        Self { en: said(false), zh: differs.then(|| said(true)) }
    }

    /// With a capital at the beginning of the English.
    pub(in crate::report) fn capital(self) -> Self {
        let mut letters = self.en.chars();
        let en = letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect());
        Self { en, ..self }
    }

    pub(in crate::report) fn is_empty(&self) -> bool {
        self.en.is_empty()
    }

    /// As the text of a picture, which has no `span`.
    pub(in crate::report) fn in_picture(&self) -> Markup {
        html! {
            @if let Some(chinese) = &self.zh { tspan.en { (self.en) } tspan lang=(CHINESE) { (chinese) } }
            @else { (self.en) }
        }
    }
}

impl From<String> for Plain {
    fn from(text: String) -> Self {
        Self::same(text)
    }
}

impl Render for Plain {
    fn render(&self) -> Markup {
        html! {
            @if let Some(chinese) = &self.zh { i { (self.en) } i lang=(CHINESE) { (chinese) } }
            @else { (self.en) }
        }
    }
}

/// A sentence of the catalogue with its parts.
pub(in crate::report) fn say(english: &str, parts: &[&dyn Say]) -> Plain {
    let filled = |template: &str, in_chinese: bool| {
        let mut out = String::new();
        let mut rest = template;
        // One pass, so that braces in a part are no places of others.
        while let Some((before, after)) = rest.split_once('{') {
            out += before;
            let Some((inside, left)) = after.split_once('}') else { break };
            match inside.parse::<usize>().ok().and_then(|number| parts.get(number)) {
                Some(part) => out += &part.said(in_chinese),
                None => out.extend(["{", inside, "}"]),
            }
            rest = left;
        }
        out + rest
    };
    let en = filled(english, false);
    let zh = filled(chinese(english).unwrap_or(english), true);
    Plain { zh: (zh != en).then_some(zh), en }
}

/// `1 round`, `2 rounds`, and the same in Chinese, where "{0} rounds" is in the catalogue.
pub(in crate::report) fn counted(n: usize, thing: &str) -> Plain {
    let number = format::fixed(n as f64, 0);
    let zh = chinese(&format!("{{0}} {thing}s")).map(|template| template.replace("{0}", &number));
    Plain { en: format::count(n, thing), zh }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_stand_where_their_numbers_are_in_both_languages() {
        let text = say("Use {0}: {1} as fast as one worker.", &[&"{1}", &counted(2, "case")]);
        assert_eq!(text.en, "Use {1}: 2 cases as fast as one worker.");
        assert_eq!(text.zh.as_deref(), Some("用 {1}：速度是单个工作者的 2 个用例。"));
        assert_eq!(say("{0} × {1}", &[&2_usize, &"x"]), Plain::same("2 × x"));
    }

    #[test]
    fn what_is_joined_has_chinese_if_one_of_it_has() {
        let joined = Plain::join([Plain::same("a"), counted(1, "case")], "; ");
        assert_eq!((joined.en.as_str(), joined.zh.as_deref()), ("a; 1 case", Some("a; 1 个用例")));
        assert_eq!(Plain::join([Plain::same("a"), Plain::same("b")], "; ").zh, None);
    }
}
