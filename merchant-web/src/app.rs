//! The root component: the frame of the page and the current screen.

use crate::route::Screen;
use crate::screens::{Developers, Money, Payment, Payments, SignIn, Till, Today};
use crate::session::{Session, session};
use crate::text::t;
use ecash_web_ui::parts::Icon;
use leptos::ev;
use leptos::prelude::*;

#[component]
pub(crate) fn App() -> impl IntoView {
    let session = Session::new();
    provide_context(session);
    if let Some(boot) = document().get_element_by_id("boot") {
        boot.remove();
    }
    let following = window_event_listener(ev::hashchange, move |_| session.follow_address());
    on_cleanup(move || following.remove());
    session.resume();
    let signed_in = Memo::new(move |_| session.merchant.with(Option::is_some));
    view! {
        <Header />
        <Show when=move || signed_in.get() fallback=|| view! { <main id="main" class="narrow"><SignIn /></main> }>
            <div class="frame">
                <Navigation />
                <main id="main">
                    {move || match session.screen.get() {
                        Screen::Today => view! { <Today /> }.into_any(),
                        Screen::Payments => view! { <Payments /> }.into_any(),
                        Screen::Payment(payment_id) => view! { <Payment payment_id=payment_id /> }.into_any(),
                        Screen::Money => view! { <Money /> }.into_any(),
                        Screen::Till => view! { <Till /> }.into_any(),
                        Screen::Developers => view! { <Developers /> }.into_any(),
                    }}
                </main>
            </div>
        </Show>
    }
}

#[component]
fn Header() -> impl IntoView {
    let session = session();
    let name =
        move || session.merchant.with(|merchant| merchant.as_ref().map(|merchant| merchant.name.clone()));
    let demo = move || session.currency().is_some_and(|currency| currency.is_demo());
    view! {
        <header class="bar">
            <span class="brand">
                <img src="/favicon.svg" alt="" width="28" height="28" />
                <span class="brand-name">{move || name().unwrap_or_else(|| t("app"))}</span>
                <Show when=demo>
                    <span class="tag">{t("demo")}</span>
                </Show>
            </span>
            <Show when=move || name().is_some()>
                <button class="link" on:click=move |_| session.sign_out()>
                    <Icon name="log-out" /> {t("sign-out")}
                </button>
            </Show>
        </header>
    }
}

/// The screens of the navigation, with their icons and texts.
const PLACES: [(Screen, &str, &str); 5] = [
    (Screen::Today, "chart-column", "today"),
    (Screen::Payments, "receipt", "payments"),
    (Screen::Till, "calculator", "till"),
    (Screen::Money, "landmark", "money"),
    (Screen::Developers, "key-round", "developers"),
];

#[component]
fn Navigation() -> impl IntoView {
    let session = session();
    let is_at = move |place: &Screen| match session.screen.get() {
        Screen::Payment(_) => *place == Screen::Payments,
        screen => screen == *place,
    };
    view! {
        <nav class="places" aria-label=t("navigation")>
            {PLACES.into_iter().map(|(place, icon, text)| {
                let href = place.fragment();
                view! {
                    <a href=href aria-current=move || is_at(&place).then_some("page")>
                        <Icon name=icon /> <span>{t(text)}</span>
                    </a>
                }
            }).collect_view()}
        </nav>
    }
}
