//! A minimal wallet: withdraws 100 from the mint on port 8080 and pays 20. `cargo xtask run` starts a mint on
//! this port. The wallet is kept in `wallet.db` between runs.

use anyhow::Result;
use ecash_client::Wallet;

#[tokio::main]
async fn main() -> Result<()> {
    let mut wallet = Wallet::new("http://localhost:8080".to_owned(), "wallet.db".to_owned())?;
    // Fetches the mint's keys, opens an account, and completes interrupted operations.
    wallet.initialize().await?;

    // Amounts are in the currency's minor units: for EUR this would be 1.00 in tokens of 0.10.
    let tokens = wallet.withdraw(100, 10).await?;
    println!("withdrew {} tokens; the wallet holds {}", tokens.len(), wallet.get_balance()?);

    // Pays the mint's default merchant, or the one that ECASH_MERCHANT_ID names.
    let transaction_id = wallet.spend(20).await?;
    println!("paid 20 as {transaction_id}; the wallet holds {}", wallet.get_balance()?);

    for token in wallet.get_available_tokens()? {
        println!("a token of {}", token.token.denomination);
    }
    Ok(())
}
