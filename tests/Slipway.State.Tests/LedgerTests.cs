namespace Slipway.State.Tests;

public class LedgerTests
{
    private static readonly Node Commit = new("commit", "c1");
    private static readonly Node Request = new("request", "r1");
    private static readonly Node Build = new("build", "1");
    private static readonly Node Package = new("file", "abc");
    private static readonly Node Release = new("release", "harbor/10");

    [Fact]
    public void File_leads_back_to_its_commit_and_the_commit_forward_to_the_release()
    {
        using var temp = new TempState();
        var ledger = Recorded(temp);
        Assert.Equal(
            [(Release, Package), (Package, Build), (Build, Request), (Request, Commit)],
            ledger.Back(Release));
        Assert.Equal(
            [(Request, Commit), (Build, Request), (Package, Build), (Release, Package)],
            ledger.Forward(Commit));
        Assert.Equal([Build], ledger.MadeFrom(Package));
        Assert.Equal([Release], ledger.MadeInto(Package));
        Assert.Empty(ledger.Back(new Node("file", "edited")));
    }

    [Fact]
    public void Arrow_recorded_twice_is_one()
    {
        using var temp = new TempState();
        Recorded(temp);
        Assert.Equal(4, Recorded(temp).Back(Release).Count);
    }

    [Fact]
    public void Circle_ends()
    {
        using var temp = new TempState();
        temp.Database.Write(t =>
        {
            Ledger.Record(t, Commit, Build);
            Ledger.Record(t, Build, Commit);
        });
        Assert.Equal(2, new Ledger(temp.Database).Back(Commit).Count);
    }

    [Fact]
    public void Number_is_never_given_twice_also_after_a_failure_of_what_it_was_for()
    {
        using var temp = new TempState();
        Assert.Equal(1, temp.Database.Write(t => Sequences.Next(t, "build")));
        Assert.Equal(2, temp.Database.Write(t => Sequences.Next(t, "build")));
        temp.Reopen();
        Assert.Equal(3, temp.Database.Write(t => Sequences.Next(t, "build")));
        Assert.Equal(1, temp.Database.Write(t => Sequences.Next(t, "snapshot")));
        temp.Database.Write(t => Sequences.Burn(t, "build", 100));
        temp.Database.Write(t => Sequences.Burn(t, "build", 50));
        Assert.Equal(101, temp.Database.Write(t => Sequences.Next(t, "build")));
    }

    private static Ledger Recorded(TempState temp)
    {
        temp.Database.Write(t =>
        {
            Ledger.Record(t, Request, Commit);
            Ledger.Record(t, Build, Request);
            Ledger.Record(t, Package, Build);
            Ledger.Record(t, Release, Package);
        });
        return new Ledger(temp.Database);
    }
}
