using Dapper;

namespace Slipway.State.Tests;

public class AccessTests
{
    [Fact]
    public void Token_is_known_by_its_digest_only()
    {
        using var temp = new TempState();
        var tokens = new AccessTokens(temp.Database);
        var secret = tokens.Create("ada", "packager");
        Assert.Equal(new Identity("ada", "packager"), tokens.Check(secret));
        Assert.Null(tokens.Check(secret + "x"));
        Assert.Null(tokens.Check(""));
        Assert.Null(tokens.Check(temp.Database.Read(c => c.ExecuteScalar<string>("SELECT secret_hash FROM state_tokens"))!));
        temp.Database.Dispose();
        foreach (var file in Directory.GetFiles(temp.Directories.Root, "state.db*"))
            Assert.DoesNotContain(secret, File.ReadAllText(file), StringComparison.Ordinal);
    }

    [Fact]
    public void Revoked_token_opens_nothing()
    {
        using var temp = new TempState();
        var tokens = new AccessTokens(temp.Database);
        var secret = tokens.Create("ada", "packager");
        Assert.Equal(1, tokens.Revoke("ada"));
        Assert.Null(tokens.Check(secret));
        Assert.Equal(0, tokens.Revoke("ada"));
    }

    [Fact]
    public void Audit_row_stands_and_falls_with_its_change()
    {
        using var temp = new TempState();
        var audit = new AuditLog(temp.Database);
        temp.Database.Write(t => audit.Record(t, "ada", "cancel", "build 1"));
        Assert.Throws<InvalidOperationException>(() => temp.Database.Write(t =>
        {
            audit.Record(t, "ada", "cancel", "build 2");
            throw new InvalidOperationException("died");
        }));
        temp.Database.Write(t => audit.Record(t, "bob", "retry", "build 1"));
        Assert.Equal(["retry", "cancel"], audit.Newest(10).Select(e => e.Action));
        Assert.Equal(1_800_000_000, audit.Newest(1)[0].At);
    }
}
