//! Pages of lists: 1 to 100 items, and whether there are more.

use super::ServiceError;
use ecash_core::wire::ErrorCode;

/// Maximum number of items of a page, and their number if the request names none.
pub(super) const MAX_PAGE: u32 = 100;

/// The size of a page.
#[derive(Clone, Copy)]
pub(super) struct Page(u32);

impl Page {
    /// Checks the size that a request asks for.
    ///
    /// # Errors
    /// [`ErrorCode::MalformedRequest`] for a size of 0 or above [`MAX_PAGE`].
    pub(super) fn new(limit: Option<u32>) -> Result<Self, ServiceError> {
        let limit = limit.unwrap_or(MAX_PAGE);
        if (1..=MAX_PAGE).contains(&limit) {
            return Ok(Self(limit));
        }
        let detail = format!("limit must be from 1 to {MAX_PAGE}");
        Err(ServiceError::refused_because(ErrorCode::MalformedRequest, detail))
    }

    /// Returns how many records to read: one more than the page has shows whether there is another page.
    pub(super) const fn to_read(self) -> u32 {
        self.0 + 1
    }

    /// Cuts the records to the page. Returns whether there are more.
    pub(super) fn cut<T>(self, records: &mut Vec<T>) -> bool {
        let has_more = records.len() > self.0 as usize;
        records.truncate(self.0 as usize);
        has_more
    }
}
