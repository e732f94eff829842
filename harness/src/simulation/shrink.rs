//! Shrinking: removes steps as long as the case still fails.

use super::case::Case;

/// Attempts before the shortest failing case found so far is returned.
const MAX_ATTEMPTS: u32 = 60;

/// Returns the shortest case found for which `fails` is still true. First empties whole scripts, then removes
/// halves, quarters, …, single steps of each script.
pub(super) async fn shrink(case: &Case, mut fails: impl AsyncFnMut(&Case) -> bool) -> Case {
    let mut smallest = case.clone();
    let mut attempts = 0;
    let mut is_still_failing = async |candidate: &Case| {
        attempts += 1;
        attempts <= MAX_ATTEMPTS && fails(candidate).await
    };
    for wallet in 0..smallest.scripts.len() {
        let mut candidate = smallest.clone();
        candidate.scripts[wallet].clear();
        if is_still_failing(&candidate).await {
            smallest = candidate;
        }
    }
    for wallet in 0..smallest.scripts.len() {
        let mut chunk = smallest.scripts[wallet].len().div_ceil(2);
        while chunk > 0 {
            let mut start = 0;
            while start < smallest.scripts[wallet].len() {
                let mut candidate = smallest.clone();
                let script = &mut candidate.scripts[wallet];
                script.drain(start..script.len().min(start + chunk));
                if is_still_failing(&candidate).await {
                    smallest = candidate;
                } else {
                    start += chunk;
                }
            }
            chunk /= 2;
        }
    }
    smallest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulation::SEVERAL_WALLETS;
    use crate::simulation::case::{Kind, Step};

    #[tokio::test]
    async fn only_the_relevant_steps_remain() {
        let mut case = Case::new(SEVERAL_WALLETS, 1);
        for script in &mut case.scripts {
            script.retain(|step| !matches!(step.kind, Kind::Restart | Kind::LoseDevice));
        }
        case.scripts[1].insert(2, Step { kind: Kind::Restart, amount: 10 });
        case.scripts[1].push(Step { kind: Kind::LoseDevice, amount: 10 });
        let fails = async |case: &Case| {
            let has = |kind| case.scripts[1].iter().any(|step| step.kind == kind);
            has(Kind::Restart) && has(Kind::LoseDevice)
        };
        let smallest = shrink(&case, fails).await;
        let kinds: Vec<Vec<_>> =
            smallest.scripts.iter().map(|script| script.iter().map(|step| step.kind).collect()).collect();
        assert_eq!(kinds, [vec![], vec![Kind::Restart, Kind::LoseDevice], vec![]]);
    }
}
