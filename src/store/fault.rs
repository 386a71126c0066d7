//! Classifies failed statements: the fault of the content, the machine, the file, or unknown.

/// The cause of a failed statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatementFault {
    /// The statement's values: they violate a constraint, are too big, or cannot be encoded.
    Content,
    /// The machine: it lacks disk space, handles, memory, a lock or a permission, which may come back.
    Outage,
    /// The file: it is damaged, or not a database.
    Damage,
    /// Unknown. It counts as a fault of the machine, so that nothing is lost.
    Unknown,
}

/// The extended result codes that mean something else than their primary code (sqlite.org/rescode.html).
const IOERR_DATA: i32 = 10 | (32 << 8);
const IOERR_CORRUPTFS: i32 = 10 | (33 << 8);

impl StatementFault {
    /// Classifies SQLite's extended result code (sqlite.org/rescode.html).
    ///
    /// ```
    /// use marsad::store::StatementFault;
    ///
    /// assert_eq!(StatementFault::of_code(13), StatementFault::Outage); // SQLITE_FULL
    /// assert_eq!(StatementFault::of_code(1811), StatementFault::Content); // SQLITE_CONSTRAINT_TRIGGER
    /// ```
    #[must_use]
    pub fn of_code(code: i32) -> Self {
        if matches!(code, IOERR_DATA | IOERR_CORRUPTFS) {
            return Self::Damage;
        }
        match code & 0xff {
            // TOOBIG, CONSTRAINT, MISMATCH
            18..=20 => Self::Content,
            // PERM, ABORT, BUSY, LOCKED, NOMEM, READONLY, INTERRUPT, IOERR
            3..=10 => Self::Outage,
            // FULL, CANTOPEN, PROTOCOL
            13..=15 => Self::Outage,
            // NOLFS, AUTH
            22 | 23 => Self::Outage,
            // CORRUPT, NOTADB
            11 | 26 => Self::Damage,
            // ERROR, INTERNAL, NOTFOUND, EMPTY, SCHEMA, MISUSE, FORMAT, RANGE and future codes
            _ => Self::Unknown,
        }
    }

    /// Classifies an error of the database driver.
    #[must_use]
    pub fn of(error: &sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(error) => {
                let code = error.code().and_then(|code| code.parse().ok());
                code.map_or(Self::Unknown, Self::of_code)
            }
            sqlx::Error::Encode(_) | sqlx::Error::Decode(_) | sqlx::Error::ColumnDecode { .. } => Self::Content,
            sqlx::Error::Io(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::BeginFailed => Self::Outage,
            _ => Self::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTENT: &[i32] = &[18, 19, 20];
    const OUTAGE: &[i32] = &[3, 4, 5, 6, 7, 8, 9, 10, 13, 14, 15, 22, 23];
    const DAMAGE: &[i32] = &[11, 26];

    #[test]
    fn every_result_code_of_sqlite_is_classified() {
        for primary in 1..=30 {
            let fault = if CONTENT.contains(&primary) {
                StatementFault::Content
            } else if OUTAGE.contains(&primary) {
                StatementFault::Outage
            } else if DAMAGE.contains(&primary) {
                StatementFault::Damage
            } else {
                StatementFault::Unknown
            };
            assert_eq!(StatementFault::of_code(primary), fault, "code {primary}");
            // A trigger's refusal is 1811, a full WAL index 5130, a folder without handles 526.
            assert_eq!(StatementFault::of_code(primary | (7 << 8)), fault, "extended code of {primary}");
        }
        assert_eq!(StatementFault::of_code(10 | (33 << 8)), StatementFault::Damage);
        assert_eq!(StatementFault::of_code(-1), StatementFault::Unknown);
    }

    #[test]
    fn every_error_of_the_driver_is_classified() {
        use sqlx::Error;
        let why = || "why".into();
        let column = || Error::ColumnDecode { index: "content".to_owned(), source: why() };
        let io = |number| Error::Io(std::io::Error::from_raw_os_error(number));
        for error in [Error::Encode(why()), Error::Decode(why()), column()] {
            assert_eq!(StatementFault::of(&error), StatementFault::Content, "{error}");
        }
        // EINTR, EIO, EAGAIN, ENOMEM, EACCES, ENFILE, EMFILE, EFBIG, ENOSPC, EROFS
        for number in [4, 5, 11, 12, 13, 23, 24, 27, 28, 30] {
            assert_eq!(StatementFault::of(&io(number)), StatementFault::Outage, "errno {number}");
        }
        for error in [Error::PoolTimedOut, Error::PoolClosed, Error::WorkerCrashed, Error::BeginFailed] {
            assert_eq!(StatementFault::of(&error), StatementFault::Outage, "{error}");
        }
        for error in [
            Error::Configuration(why()),
            Error::InvalidArgument("why".to_owned()),
            Error::Tls(why()),
            Error::Protocol("why".to_owned()),
            Error::RowNotFound,
            Error::TypeNotFound { type_name: "text".to_owned() },
            Error::ColumnIndexOutOfBounds { index: 1, len: 0 },
            Error::ColumnNotFound("content".to_owned()),
            Error::AnyDriverError(why()),
            Error::InvalidSavePointStatement,
        ] {
            assert_eq!(StatementFault::of(&error), StatementFault::Unknown, "{error}");
        }
    }
}
