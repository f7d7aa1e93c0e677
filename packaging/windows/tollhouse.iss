; Inno Setup 6.5 or later, which has Arabic: the installer for Windows 10 and 11. Built by packaging\windows\check.ps1 from dist\tollhouse. Not tried on Windows yet.
#ifndef Version
  #define Version "0.0.0"
#endif

[Setup]
AppId={{6B0E6B3B-6D0C-4C53-9E0B-7B3F6B2C7C11}
AppName=Tollhouse
AppVersion={#Version}
AppPublisher=The Tollhouse authors
DefaultDirName={autopf}\Tollhouse
DefaultGroupName=Tollhouse
DisableProgramGroupPage=yes
LicenseFile=..\..\LICENSE
SetupIconFile=..\..\build\icons\tollhouse.ico
UninstallDisplayIcon={app}\tollhouse.exe
OutputDir=..\..\dist
OutputBaseFilename=tollhouse-{#Version}-setup
Compression=lzma2
SolidCompression=yes
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
MinVersion=10.0
PrivilegesRequired=admin
CloseApplications=yes

[Languages]
Name: "en"; MessagesFile: "compiler:Default.isl"
Name: "es"; MessagesFile: "compiler:Languages\Spanish.isl"
Name: "ar"; MessagesFile: "compiler:Languages\Arabic.isl"
Name: "de"; MessagesFile: "compiler:Languages\German.isl"
Name: "fr"; MessagesFile: "compiler:Languages\French.isl"
Name: "nl"; MessagesFile: "compiler:Languages\Dutch.isl"
Name: "pt"; MessagesFile: "compiler:Languages\Portuguese.isl"

[Tasks]
Name: "service"; Description: "Run the server as a Windows service, also while nobody is signed in"; Flags: unchecked
Name: "firewall"; Description: "Let phones and carriers reach the server through Windows' firewall"

[Files]
Source: "..\..\dist\tollhouse\*"; DestDir: "{app}"; Flags: ignoreversion recursesubdirs createallsubdirs

[Dirs]
; the service's books: for administrators and the service alone
Name: "{commonappdata}\Tollhouse"; Permissions: admins-full system-full; Tasks: service

[Icons]
Name: "{group}\Tollhouse"; Filename: "{app}\tollhouse.exe"; IconFilename: "{app}\tollhouse.exe"
Name: "{autodesktop}\Tollhouse"; Filename: "{app}\tollhouse.exe"

[Run]
Filename: "{sys}\netsh.exe"; Parameters: "advfirewall firewall add rule name=""Tollhouse"" dir=in action=allow program=""{app}\tollhouse.exe"" protocol=udp profile=private,domain"; Flags: runhidden; Tasks: firewall
Filename: "{sys}\netsh.exe"; Parameters: "advfirewall firewall add rule name=""Tollhouse"" dir=in action=allow program=""{app}\tollhouse.exe"" protocol=tcp profile=private,domain"; Flags: runhidden; Tasks: firewall
Filename: "{sys}\sc.exe"; Parameters: "create Tollhouse binPath= ""\""{app}\tollhouse-service.exe\"" --data \""{commonappdata}\Tollhouse\"""" start= delayed-auto DisplayName= ""Tollhouse"""; Flags: runhidden; Tasks: service
Filename: "{sys}\sc.exe"; Parameters: "failure Tollhouse reset= 86400 actions= restart/1000/restart/5000/restart/60000"; Flags: runhidden; Tasks: service
Filename: "{sys}\sc.exe"; Parameters: "start Tollhouse"; Flags: runhidden; Tasks: service
Filename: "{app}\tollhouse.exe"; Description: "Open Tollhouse"; Flags: postinstall nowait skipifsilent unchecked

[UninstallRun]
Filename: "{sys}\sc.exe"; Parameters: "stop Tollhouse"; Flags: runhidden; RunOnceId: "StopService"
Filename: "{sys}\sc.exe"; Parameters: "delete Tollhouse"; Flags: runhidden; RunOnceId: "DeleteService"
Filename: "{sys}\netsh.exe"; Parameters: "advfirewall firewall delete rule name=""Tollhouse"""; Flags: runhidden; RunOnceId: "DeleteRules"

[Code]
function PrepareToInstall(var NeedsRestart: Boolean): String;
var
  Code: Integer;
begin
  { an upgrade: the server drains and stops before its files are replaced; [Run] starts it again }
  Exec(ExpandConstant('{sys}\sc.exe'), 'stop Tollhouse', '', SW_HIDE, ewWaitUntilTerminated, Code);
  if Code = 0 then
    Sleep(15000);
  Result := '';
end;
