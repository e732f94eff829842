//! The ledger over an engine: what is the same Rust for both. Each engine brings its statements, its
//! way to write and to seal, and `read_spent`, `read_issued`, `read_time`, `insert_account`, `write_clock`,
//! `try_write`, `check_place` and `standby_has_it`.
//!
//! A macro, for sqlx's types differ by engine and a generic version would be mostly bounds.

macro_rules! ledger_on {
    ($ledger:ident) => {
        #[async_trait]
        impl Ledger for $ledger {
            async fn commit(&self, postings: &[Posting]) -> Vec<Result<Receipt, CommitError>> {
                commit_with_retries(self, postings).await
            }

            async fn spent(&self, tokens: &[(KeysetId, TokenMessage)]) -> Result<Vec<bool>, LedgerError> {
                let spent = self.read_spent(tokens).await.map_err(LedgerError::Database)?;
                if spent.contains(&true) {
                    self.settled().await?;
                }
                Ok(spent)
            }

            async fn issued(&self, outputs: &[OutputRef]) -> Result<Vec<Option<Vec<u8>>>, LedgerError> {
                let issued = self.read_issued(outputs).await.map_err(LedgerError::Database)?;
                if issued.iter().any(Option::is_some) {
                    self.settled().await?;
                }
                Ok(issued)
            }

            async fn add_keyset(&self, epoch: u32, keyset: &Keyset) -> Result<bool, LedgerError> {
                self.insert_keyset(epoch, keyset).await
            }

            async fn end_keyset(
                &self,
                keyset_id: &KeysetId,
                operation: Operation,
            ) -> Result<bool, LedgerError> {
                self.write_end(keyset_id, operation).await
            }

            async fn seal(&self, key: &SealKey, at: Timestamp) -> Result<Option<u64>, LedgerError> {
                self.write_seal(key, at).await
            }

            async fn settled(&self) -> Result<(), LedgerError> {
                self.standby_has_it().await
            }

            async fn time(&self) -> Result<Option<Timestamp>, LedgerError> {
                self.read_time().await
            }

            async fn ping(&self) -> Result<(), LedgerError> {
                self.check_place()?;
                let ping = sqlx::query(statements::PING).execute(&self.readers).await;
                ping.map(drop).map_err(LedgerError::Database)
            }

            async fn probe_write(&self, probe: WriteProbe) -> Result<(), LedgerError> {
                self.try_write(probe).await
            }

            fn check_in_place(&self) -> Result<(), LedgerError> {
                self.check_place()
            }

            async fn clock(&self) -> Result<LedgerClock, LedgerError> {
                let row: ClockRow = sqlx::query_as(statements::CLOCK)
                    .fetch_one(&self.readers)
                    .await
                    .map_err(LedgerError::Database)?;
                row.try_into()
            }

            async fn set_clock(&self, clock: LedgerClock) -> Result<(), LedgerError> {
                self.write_clock(clock).await
            }

            async fn credits(
                &self,
                operation_id: &OperationId,
            ) -> Result<Vec<(AccountId, Amount)>, LedgerError> {
                let rows: Vec<(String, i64)> = sqlx::query_as(statements::CREDITS)
                    .bind(operation_id.as_bytes().as_slice())
                    .fetch_all(&self.readers)
                    .await
                    .map_err(LedgerError::Database)?;
                credits(rows)
            }

            async fn claim_owner(&self, claim: &Claim) -> Result<Option<OperationRecord>, LedgerError> {
                let row: Option<OperationRow> = sqlx::query_as(statements::FIND_CLAIM_OWNER)
                    .bind(claim.as_str())
                    .fetch_optional(&self.readers)
                    .await
                    .map_err(LedgerError::Database)?;
                if row.is_some() {
                    self.settled().await?;
                }
                row.map(TryInto::try_into).transpose()
            }

            /// The unique token hash makes this repeatable: the second call finds the first one's
            /// account.
            async fn open_account(
                &self,
                account_id: &AccountId,
                role: AccountRole,
                token_hash: [u8; 32],
            ) -> Result<AccountRecord, LedgerError> {
                self.insert_account(account_id, role, token_hash).await?;
                self.account_by_token(token_hash).await?.ok_or(LedgerError::Damaged("account"))
            }

            async fn account(&self, account_id: &AccountId) -> Result<Option<AccountRecord>, LedgerError> {
                let row: Option<AccountRow> = sqlx::query_as(statements::ACCOUNT_BY_ID)
                    .bind(account_id.as_str())
                    .fetch_optional(&self.readers)
                    .await
                    .map_err(LedgerError::Database)?;
                row.map(TryInto::try_into).transpose()
            }

            async fn account_by_token(
                &self,
                token_hash: [u8; 32],
            ) -> Result<Option<AccountRecord>, LedgerError> {
                let row: Option<AccountRow> = sqlx::query_as(statements::ACCOUNT_BY_TOKEN)
                    .bind(token_hash.as_slice())
                    .fetch_optional(&self.readers)
                    .await
                    .map_err(LedgerError::Database)?;
                row.map(TryInto::try_into).transpose()
            }

            async fn statement(
                &self,
                account_id: &AccountId,
                before: Option<u64>,
                limit: u32,
            ) -> Result<Vec<StatementLine>, LedgerError> {
                let rows: Vec<StatementRow> = sqlx::query_as(statements::STATEMENT)
                    .bind(account_id.as_str())
                    .bind(before.map_or(i64::MAX, signed))
                    .bind(i64::from(limit))
                    .fetch_all(&self.readers)
                    .await
                    .map_err(LedgerError::Database)?;
                rows.into_iter().map(TryInto::try_into).collect()
            }

            async fn keysets(&self) -> Result<Vec<StoredKeyset>, LedgerError> {
                let mut snapshot = self.snapshot().await.map_err(LedgerError::Database)?;
                let identity: IdentityRow = sqlx::query_as(statements::IDENTITY)
                    .fetch_one(&mut *snapshot)
                    .await
                    .map_err(LedgerError::Database)?;
                let keysets: Vec<KeysetRow> = sqlx::query_as(statements::KEYSETS)
                    .fetch_all(&mut *snapshot)
                    .await
                    .map_err(LedgerError::Database)?;
                let keys: Vec<KeyRow> = sqlx::query_as(statements::KEYS)
                    .fetch_all(&mut *snapshot)
                    .await
                    .map_err(LedgerError::Database)?;
                stored_keysets(&LedgerIdentity::try_from(identity)?, keysets, &keys)
            }

            async fn outstanding(&self) -> Result<Vec<(KeyId, i64)>, LedgerError> {
                let mut snapshot = self.snapshot().await.map_err(LedgerError::Database)?;
                let rows: Vec<(Vec<u8>, i64)> = sqlx::query_as(statements::ALL_OUTSTANDING)
                    .fetch_all(&mut *snapshot)
                    .await
                    .map_err(LedgerError::Database)?;
                let named = |(key_id, minor): (Vec<u8>, i64)| Some((KeyId::from_slice(&key_id)?, minor));
                rows.into_iter().map(named).collect::<Option<_>>().ok_or(LedgerError::Damaged("key id"))
            }

            /// All queries see one moment of the ledger; each lists what does not hold.
            async fn audit(&self) -> Result<AuditReport, LedgerError> {
                let mut snapshot = self.snapshot().await.map_err(LedgerError::Database)?;
                let totals: TotalsRow = sqlx::query_as(statements::AUDIT_TOTALS)
                    .fetch_one(&mut *snapshot)
                    .await
                    .map_err(LedgerError::Database)?;
                let mut report = AuditReport::try_from(totals)?;
                for (invariant, statement) in statements::AUDIT_CHECKS {
                    let details: Vec<String> = sqlx::query_scalar(statement)
                        .fetch_all(&mut *snapshot)
                        .await
                        .map_err(LedgerError::Database)?;
                    let violation = |detail| Violation { invariant, detail };
                    report.violations.extend(details.into_iter().map(violation));
                }
                report.check_sum();
                let mut digests = DigestCheck::default();
                let mut rows = sqlx::query_as(statements::AUDIT_LOGGED).fetch(&mut *snapshot);
                while let Some(row) = rows.try_next().await.map_err(LedgerError::Database)? {
                    digests.push(row);
                }
                drop(rows);
                report.violations.extend(digests.finish());
                let mut chain = ChainCheck::default();
                let mut rows = sqlx::query_as(statements::AUDIT_SEALS).fetch(&mut *snapshot);
                while let Some(row) = rows.try_next().await.map_err(LedgerError::Database)? {
                    chain.push(row);
                }
                let (head, violations) = chain.finish();
                report.seal_head = head;
                report.violations.extend(violations);
                Ok(report)
            }

            async fn issued_page(
                &self,
                key_id: &KeyId,
                after: Option<BlindedHash>,
                limit: u32,
            ) -> Result<Vec<IssuedRecord>, LedgerError> {
                let after = after.map(|hash| hash.as_bytes().to_vec()).unwrap_or_default();
                let rows: Vec<IssuedRow> = sqlx::query_as(statements::ISSUED_PAGE)
                    .bind(key_id.as_bytes().as_slice())
                    .bind(after)
                    .bind(i64::from(limit))
                    .fetch_all(&self.readers)
                    .await
                    .map_err(LedgerError::Database)?;
                rows.into_iter().map(TryInto::try_into).collect()
            }
        }
    };
}
pub(super) use ledger_on;
