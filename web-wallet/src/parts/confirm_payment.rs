//! Asks the person to confirm a payment: shows the merchant, the amount and the tip. Nothing is paid without
//! it.

use super::{Alert, AmountField, Facts, Icon, OrderDetails, ScreenTitle, Shortage, TypedAmount};
use crate::browser::sleep_ms;
use crate::format;
use crate::state::{Screen, app};
use crate::text::{self, insufficient_funds, t, tr, with_amount};
use ecash_core::denominations::nearest_payable;
use ecash_core::details::Details;
use ecash_core::wire::{ErrorCode, MAX_ITEMS, MerchantView, PaymentView};
use ecash_core::{Amount, Currency, Denomination};
use ecash_wallet::{Payment, WalletError};
use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// How long the button is disabled after the screen appears or the page becomes visible, so that a click
/// meant for something else does not pay.
const INERT_MS: i32 = 500;
/// Suggested tips, in percent.
const TIPS: [u64; 3] = [5, 10, 15];

#[component]
pub(crate) fn ConfirmPayment(
    view: PaymentView,
    details: Option<Details>,
    /// Reads the payment from the mint again.
    reload: Callback<()>,
    paid: Callback<Payment>,
) -> impl IntoView {
    let state = app();
    let error = RwSignal::new(None);
    let inert = inert_at_first();
    let tip = TypedAmount::new(view.currency.clone());
    let currency = StoredValue::new(view.currency.clone());
    let asked = StoredValue::new(view.clone());
    let kept = StoredValue::new(details.clone());
    let total = total_with(tip, asked);
    let was_this = move || {
        let id = asked.with_value(|view| view.payment_id.clone());
        state.activity_of_payment(&id).is_some()
    };
    // With an amount, withdraws it first: the tokens then pay, or stay on this device.
    let pay = move |withdraw: Option<Amount>| {
        let view = asked.get_value();
        let Some(tip) = total.get_untracked().and_then(|total| total.minus(view.amount).ok()) else { return };
        error.set(None);
        state.run(
            async move |wallet| {
                if let Some(amount) = withdraw {
                    wallet.withdraw(amount).await?;
                }
                wallet.pay_payment(&view, tip, kept.get_value()).await
            },
            move |result| match result {
                Ok(payment) => paid.run(payment),
                Err(WalletError::NotPaidYet(plan_id)) => {
                    state.checkout.set(None);
                    state.go(Screen::Activity(plan_id.0));
                }
                // The payment has ended, or this wallet paid it earlier: show its current state.
                Err(WalletError::Refused(problem)) if has_ended(problem.code) => reload.run(()),
                Err(WalletError::EarlierPaymentMade(_)) if was_this() => reload.run(()),
                Err(failure) => error.set(Some(text::error(&failure))),
            },
        );
    };
    let disabled = Signal::derive(move || inert.get() || state.busy.get() || total.get().is_none());
    let tips = (!view.tip_max.is_zero()).then(|| view! { <Tips view=view.clone() tip=tip /> });
    view! {
        <ScreenTitle title=t("checkout-title") />
        <Order view=view details=details />
        {tips}
        <PayActions total=total currency=currency disabled=disabled error=error pay=Callback::new(pay) />
    }
}

/// The button that pays, with what remains; or what to do if the wallet holds too little.
#[component]
fn PayActions(
    total: Memo<Option<Amount>>,
    currency: StoredValue<Currency>,
    disabled: Signal<bool>,
    error: RwSignal<Option<String>>,
    /// Pays. An amount is withdrawn first.
    pay: Callback<Option<Amount>>,
) -> impl IntoView {
    let state = app();
    let money = move |amount: Amount| currency.with_value(|currency| format::money(amount, currency));
    let missing = Memo::new(move |_| {
        total.get()?.minus(state.balance().available).ok().filter(|amount| !amount.is_zero())
    });
    let shortage = move || {
        missing
            .get()
            .zip(total.get())
            .map(|(_, total)| insufficient_funds(&money(state.balance().available), &money(total)))
    };
    let label = move || match total.get() {
        Some(total) => with_amount("pay-amount", &money(total)),
        None => t("pay"),
    };
    let remains = move || {
        let rest = total.get().and_then(|total| state.balance().available.minus(total).ok());
        rest.map_or_else(String::new, |rest| with_amount("remains-amount", &money(rest)))
    };
    view! {
        <div class="actions">
            <Alert message=Signal::derive(move || error.get().or_else(shortage)) />
            {move || match missing.get() {
                Some(missing) => view! {
                    <Shortage
                        missing=missing
                        currency=currency.get_value()
                        disabled=disabled
                        withdraw_and_pay=Callback::new(move |amount| pay.run(Some(amount)))
                    />
                }.into_any(),
                None => view! {
                    <p class="hint" role="status">{remains}</p>
                    <button class="primary" disabled=disabled on:click=move |_| pay.run(None)>{label}</button>
                }.into_any(),
            }}
        </div>
    }
}

/// Returns what is paid, tip included; `None` while the text of the tip is not an amount, or exceeds its limit.
fn total_with(tip: TypedAmount, asked: StoredValue<PaymentView>) -> Memo<Option<Amount>> {
    Memo::new(move |_| {
        let typed =
            tip.text.with(|text| text.trim().is_empty()).then_some(Amount::ZERO).or(tip.amount.get())?;
        asked.with_value(|view| view.amount.plus(typed).ok().filter(|_| typed <= view.tip_max))
    })
}

/// The order: merchant, amount, description and expiry.
#[component]
fn Order(view: PaymentView, details: Option<Details>) -> impl IntoView {
    let facts = vec![
        (t("checkout-for"), view.description.clone()),
        (t("checkout-until"), format::time(view.expires_at)),
    ];
    view! {
        <section class="receipt">
            <Asker merchant=view.merchant />
            <p class="receipt-amount">{format::money(view.amount, &view.currency)}</p>
            <Facts facts=facts />
            {details.map(|details| view! { <OrderDetails details=details currency=view.currency /> })}
        </section>
    }
}

/// Returns a signal that is true for [`INERT_MS`] after the screen appears, and after each return to the
/// page: another window may have covered it.
fn inert_at_first() -> RwSignal<bool> {
    let inert = RwSignal::new(true);
    // Only the latest return enables the button again.
    let returns = StoredValue::new(0_u32);
    let hold = move || {
        let this = returns.with_value(|returns| returns.wrapping_add(1));
        returns.set_value(this);
        inert.set(true);
        spawn_local(async move {
            sleep_ms(INERT_MS).await;
            if returns.try_get_value() == Some(this) {
                inert.set(false);
            }
        });
    };
    hold();
    let focused = window_event_listener(ev::focus, move |_| hold());
    let shown = window_event_listener(ev::visibilitychange, move |_| hold());
    on_cleanup(move || {
        focused.remove();
        shown.remove();
    });
    inert
}

/// Whether a refusal means that the payment can no longer be paid.
fn has_ended(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::PaymentPaid
            | ErrorCode::PaymentCancelled
            | ErrorCode::PaymentExpired
            | ErrorCode::PaymentUnknown
    )
}

/// The merchant: its self-chosen name, its domain if the mint has verified it, and the page that the person
/// came from.
#[component]
pub(crate) fn Asker(merchant: MerchantView) -> impl IntoView {
    let came_from = app().came_from.get_untracked();
    let origin = merchant.origin.as_ref().filter(|_| merchant.verified).map(ToString::to_string);
    let (came, is_warning) = match (&came_from, &origin) {
        (Some(from), Some(origin)) if from == origin => {
            (tr("checkout-came-from", [("origin", from.as_str().into())]), false)
        }
        (Some(from), _) => {
            let shop = origin.clone().unwrap_or_else(|| merchant.name.clone());
            let parts = [("from", from.as_str().into()), ("shop", shop.into())];
            (tr("checkout-came-from-other", parts), true)
        }
        (None, _) => {
            let shop = origin.clone().unwrap_or_else(|| merchant.name.clone());
            (tr("checkout-came-from-nowhere", [("shop", shop.into())]), false)
        }
    };
    view! {
        <span class="receipt-mark plain"><Icon name="store" /></span>
        <h2 class="large"><bdi>{merchant.name}</bdi></h2>
        {match origin {
            Some(origin) => view! {
                <p class="strong with-icon"><Icon name="check" /><span>{origin}</span></p>
                <p class="hint">{t("checkout-verified")}</p>
            }.into_any(),
            None => view! {
                <p class="alert"><Icon name="circle-alert" /><span>{t("checkout-not-verified")}</span></p>
            }.into_any(),
        }}
        <p class=if is_warning { "alert" } else { "hint" }>{came}</p>
    }
}

/// Offers suggested tips that are payable, and a field for any other tip.
#[component]
fn Tips(view: PaymentView, tip: TypedAmount) -> impl IntoView {
    let state = app();
    let denominations = state.mint().map(|mint| mint.denominations).unwrap_or_default();
    let offered: Vec<_> = TIPS
        .into_iter()
        .filter_map(|percent| Some((percent, tip_of(&view, percent, &denominations)?)))
        .collect();
    // Rounded to what can be paid, two percentages may be one amount.
    let offered: Vec<_> = offered.chunk_by(|(_, one), (_, next)| one == next).map(|same| same[0]).collect();
    let none_offered = offered.is_empty();
    let currency = view.currency.clone();
    let limit = format::money(view.tip_max, &currency);
    let typed_too_much = move || tip.amount.get().is_some_and(|typed| typed > view.tip_max);
    let hint = Signal::derive(move || {
        with_amount(if typed_too_much() { "tip-too-large" } else { "tip-limit" }, &limit)
    });
    let is_tip = move |text: &str| tip.text.with(|typed| typed == text).to_string();
    view! {
        <div class="tips">
            <div class="tip-choices" hidden=none_offered>
                <button type="button" class="secondary" aria-pressed=move || is_tip("") on:click=move |_| tip.text.set(String::new())>{t("no-tip")}</button>
                {offered.into_iter().map(|(percent, amount)| {
                    let text = format::amount(amount, &currency);
                    let label = tr("tip-percent", [("percent", percent.into()), ("amount", text.clone().into())]);
                    let shown = text.clone();
                    view! {
                        <button type="button" class="secondary" aria-pressed=move || is_tip(&shown) on:click=move |_| tip.text.set(text.clone())>{label}</button>
                    }
                }).collect_view()}
            </div>
            <AmountField value=tip.text currency=view.currency.code.to_string() hint=hint label=t("tip") />
        </div>
    }
}

/// Returns a tip of about `percent` that makes the total payable. `None` if that tip is zero or exceeds the
/// limit.
fn tip_of(view: &PaymentView, percent: u64, denominations: &[Denomination]) -> Option<Amount> {
    let share = view.amount.minor().checked_mul(percent)? / 100;
    let wanted = view.amount.plus(Amount::new(share).ok()?).ok()?;
    let total = nearest_payable(wanted, denominations, MAX_ITEMS).0?;
    total.minus(view.amount).ok().filter(|tip| !tip.is_zero() && *tip <= view.tip_max)
}
