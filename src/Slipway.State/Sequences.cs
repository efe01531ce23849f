using System.Data;
using Dapper;

namespace Slipway.State;

/// <summary>Numbers that grow and are never used twice, also when what they were drawn for came to nothing.</summary>
public static class Sequences
{
    /// <summary>The next number of this name; the first is 1.</summary>
    public static long Next(IDbTransaction transaction, string name) => transaction.Connection!.ExecuteScalar<long>(
        "INSERT INTO state_sequences (name, last) VALUES (@name, 1) ON CONFLICT (name) DO UPDATE SET last = last + 1 RETURNING last",
        new { name }, transaction);

    /// <summary>Makes sure that numbers up to this one are not given any more.</summary>
    public static void Burn(IDbTransaction transaction, string name, long number) => transaction.Connection!.Execute(
        "INSERT INTO state_sequences (name, last) VALUES (@name, @number) ON CONFLICT (name) DO UPDATE SET last = max(last, @number)",
        new { name, number }, transaction);

    /// <summary>The number given last; 0 when none was.</summary>
    public static long Last(IDbConnection connection, string name) =>
        connection.ExecuteScalar<long?>("SELECT last FROM state_sequences WHERE name = @name", new { name }) ?? 0;
}
