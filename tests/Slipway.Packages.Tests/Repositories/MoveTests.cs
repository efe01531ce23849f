using Slipway.Content;
using Slipway.Packages.Repositories;
using Slipway.Packages.Tests.Signing;

namespace Slipway.Packages.Tests.Repositories;

public sealed class MoveTests(RunningSigner signer) : IDisposable
{
    private static readonly RepositoryId From = new("harbor", "bookworm"), To = new("harbor-stable", "bookworm");
    private readonly TestRepositories _repositories = new(signer.Client);

    private RepositoryStore Store => _repositories.Store;

    public void Dispose() => _repositories.Dispose();

    [Fact]
    public void Promotion_takes_the_same_files_by_reference_and_leads_back_in_the_ledger()
    {
        var first = _repositories.Publish(From.ToString(), RealPackages.Deb(_repositories.Temp, "tool", "1.0"));
        _repositories.Publish(From.ToString(), RealPackages.Deb(_repositories.Temp, "tool", "1.1"));
        var contents = Directory.GetFiles(_repositories.Content.Root, "*", SearchOption.AllDirectories).Length;
        var promoted = Store.Promote(From, To, first.Number);
        Assert.Equal(first.Fingerprint, promoted.Fingerprint);
        Assert.Equal("promoted from harbor/bookworm snapshot 1", promoted.Reason);
        Assert.Equal(contents, Directory.GetFiles(_repositories.Content.Root, "*", SearchOption.AllDirectories).Count(file => Digest.TryParse(Path.GetFileName(file), out _)));
        Assert.Contains(first.Node, _repositories.Ledger.MadeFrom(promoted.Node));
        Assert.Empty(Store.Verify(To).Problems);
        Assert.Equal(promoted, Store.Promote(From, To, first.Number));
        Assert.Equal(["1.0", "1.1"], Store.Files(To, Store.Promote(From, To).Number).Select(file => file.Version));
    }

    [Fact]
    public void Promotion_of_an_rpm_keeps_its_signature_and_of_pacman_its_own()
    {
        foreach (var (repository, file) in new[] { ("one/rpm", RealPackages.Rpm(_repositories.Temp, "tool", "1.0")), ("one/arch", RealPackages.Pacman(_repositories.Temp, "tool", "1.0-1")) })
        {
            var from = _repositories.Publish(repository, file);
            var to = Store.Promote(from.Repository, new("two", from.Repository.Dist));
            Assert.Equal(Store.Files(from.Repository, from.Number), Store.Files(to.Repository, to.Number));
            Assert.Empty(Store.Verify(to.Repository).Problems);
        }
    }

    [Fact]
    public void Promotion_refuses_another_type_itself_and_other_content_of_a_known_version()
    {
        _repositories.Publish(From.ToString(), RealPackages.Deb(_repositories.Temp, "tool", "1.0"));
        Assert.Equal(FailureKind.Usage, Assert.Throws<SlipwayException>(() => Store.Promote(From, From)).Kind);
        _repositories.Publish("arch/bookworm", RealPackages.Pacman(_repositories.Temp, "tool", "1.0-1"));
        Assert.Equal(FailureKind.Usage, Assert.Throws<SlipwayException>(() => Store.Promote(From, new("arch", "bookworm"))).Kind);
        _repositories.Publish(To.ToString(), RealPackages.Deb(_repositories.Temp, "tool", "1.0", "other content\n"));
        Assert.Contains("already published with other content", Assert.Throws<SlipwayException>(() => Store.Promote(From, To)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rollback_without_a_number_goes_to_the_last_other_packages()
    {
        var good = _repositories.Publish(From.ToString(), RealPackages.Deb(_repositories.Temp, "tool", "1.0"));
        Assert.Equal(FailureKind.Usage, Assert.Throws<SlipwayException>(() => Store.Rollback(From)).Kind);
        _repositories.Publish(From.ToString(), RealPackages.Deb(_repositories.Temp, "tool", "1.1"));
        Store.Renew(From, "signed anew");
        var back = Store.Rollback(From);
        Assert.Equal(4, back.Number);
        Assert.Equal(good.Fingerprint, back.Fingerprint);
    }

    [Fact]
    public void Verify_says_which_package_cannot_be_installed_and_why()
    {
        _repositories.Publish(From.ToString(), RealPackages.Deb(_repositories.Temp, "fine", "1.0"), RealPackages.Deb(_repositories.Temp, "lost", "1.0", extra: "Depends: nowhere-to-be-found (>= 2)\n"));
        var alone = Store.Verify(From, null, _ => { });
        Assert.Contains("lost 1.0 (amd64) cannot be installed", Assert.Single(alone.Problems), StringComparison.Ordinal);
        Assert.Contains("nowhere-to-be-found", alone.Problems[0], StringComparison.Ordinal);
        Assert.Equal(1, alone.Installable);
        var distribution = PackageFile.Read(RealPackages.Deb(_repositories.Temp, "nowhere-to-be-found", "2.1"));
        var surrounded = Store.Verify(From, null, pool => pool.AddPackages("distribution", [distribution]));
        Assert.Empty(surrounded.Problems);
        Assert.Equal(2, surrounded.Installable);
    }

    [Fact]
    public void Verify_sees_an_rpm_whose_signature_is_not_of_the_published_key()
    {
        var id = new RepositoryId("harbor", "rpm");
        var snapshot = _repositories.Publish(id.ToString(), RealPackages.Rpm(_repositories.Temp, "tool", "1.0"));
        Assert.Empty(Store.Verify(id).Problems);
        using var stranger = new StrangersKey(_repositories.Temp);
        var key = Path.Combine(snapshot.Path, "repository.asc");
        File.Delete(key);
        File.WriteAllText(key, stranger.Public);
        Assert.Contains(Store.Verify(id).Problems, problem => problem.Contains("tool-1.0-1.x86_64.rpm", StringComparison.Ordinal) && problem.Contains("signature does not verify", StringComparison.Ordinal));
    }

    private sealed class StrangersKey : IDisposable
    {
        private readonly string _home;

        public StrangersKey(TempDirectory temp)
        {
            _home = temp.Make("stranger");
            File.SetUnixFileMode(_home, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            Tool.Run("gpg", "--homedir", _home, "--batch", "--pinentry-mode", "loopback", "--passphrase", "", "--quick-generate-key", "stranger", "rsa2048", "sign", "never");
            Public = Tool.Run("gpg", "--homedir", _home, "--armor", "--export");
        }

        public string Public { get; }

        public void Dispose() => Tool.Try("gpgconf", "--homedir", _home, "--kill", "all");
    }
}
